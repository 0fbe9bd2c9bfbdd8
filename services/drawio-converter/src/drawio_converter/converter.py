"""draw.io files, page by page, to SVG, PNG and PDF, with the draw.io desktop program."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click
from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from clm_common.batch import Convert, read_source
from clm_common.cli import converter
from clm_common.errors import ConversionError
from clm_common.process import Runner, find_program

from .display import Display

log = logging.getLogger("clm")

SUFFIXES = (".drawio", ".dio")
FORMATS = ("svg", "png", "pdf")

_SIGNATURES = {"svg": (b"<svg", b"<?xml", b"<!DOCTYPE"), "png": (b"\x89PNG\r\n\x1a\n",), "pdf": (b"%PDF-",)}


def page_names(source: bytes) -> list[str]:
    """The names of the pages of a draw.io file, in order; a page without a name is called after its number."""
    try:
        root = ElementTree.fromstring(source)
    except ElementTree.ParseError as error:
        raise ConversionError(f"is not a draw.io file: {error}", line=error.position[0]) from error
    except DefusedXmlException as error:
        raise ConversionError("is refused: draw.io files declare no XML entities, this one does") from error
    if root.tag == "mxGraphModel":
        return ["1"]
    if root.tag != "mxfile":
        raise ConversionError(f"is not a draw.io file: its root element is <{root.tag}>, not <mxfile>")
    names = [page.get("name") or str(number) for number, page in enumerate(root.findall("diagram"), start=1)]
    if not names:
        raise ConversionError("has no pages")
    return names


def make(formats: Sequence[str], page: int | None, scale: float | None, transparent: bool) -> Convert:
    """The conversion of one source: `name.svg` for a file of one page, else `name-1.svg`, `name-2.svg` and so on."""
    program = find_program("drawio", "install the draw.io desktop program (github.com/jgraph/drawio-desktop)")
    display = Display()
    look = [*(["--scale", f"{scale:g}"] if scale else []), *(["--transparent"] if transparent else [])]

    def convert(source: Path, scratch: Path, runner: Runner) -> None:
        names = page_names(read_source(source))
        if page is not None and page > len(names):
            raise ConversionError(f"has {len(names)} pages, so there is no page {page}")
        with tempfile.TemporaryDirectory(prefix="clm-drawio-") as profile:
            for kind in formats:
                for number, name in enumerate(names, start=1):
                    if page not in (None, number):
                        continue
                    stem = source.stem if len(names) == 1 else f"{source.stem}-{number}"
                    output = scratch / f"{stem}.{kind}"
                    # Chromium's sandbox needs privileges that a container does not have. A profile of its own lets
                    # several run side by side, and needs no home directory.
                    command = [
                        program,
                        "--no-sandbox",
                        "--disable-gpu",
                        f"--user-data-dir={profile}",
                        "--export",
                        "--format",
                        kind,
                        "--page-index",  # Counted from 1 (option table of draw.io 31; early releases counted from 0).
                        str(number),
                        *look,
                        "--output",
                        str(output),
                        str(source),
                    ]
                    log.debug("%s", " ".join(command))
                    runner.run(command, env={"DISPLAY": display.name(), "DRAWIO_DISABLE_UPDATE": "true"})
                    _check(output, kind, f"page {number} ({name})")

    return convert


def _check(output: Path, kind: str, what: str) -> None:
    # The program reports most errors only in words and exits with 0.
    if not output.is_file():
        raise ConversionError(f"draw.io wrote nothing for {what}")
    with output.open("rb") as file:
        start = file.read(16)
    if not start.lstrip().startswith(_SIGNATURES[kind]):
        raise ConversionError(f"draw.io did not make a valid {kind.upper()} of {what}")


command = converter(
    name="drawio-converter",
    help=(
        "Convert draw.io files, page by page, to SVG, PNG or PDF.\n\n"
        "PATHS are files, or folders that are searched for "
        + " and ".join(SUFFIXES)
        + " files. A file of several pages becomes NAME-1.svg, NAME-2.svg, and so on.\n\n"
        "\b\nExamples:\n"
        "  drawio-converter architecture.drawio\n"
        "  drawio-converter --format png --scale 2 --output-dir build docs/\n"
    ),
    suffixes=SUFFIXES,
    formats=FORMATS,
    make=make,
    options=[
        click.Option(["--page"], type=click.IntRange(min=1), help="Only this page, counted from 1."),
        click.Option(["--scale"], type=click.FloatRange(min=0, min_open=True), help="Scale of the result."),
        click.Option(["--transparent"], is_flag=True, help="Transparent background (PNG, SVG)."),
    ],
)

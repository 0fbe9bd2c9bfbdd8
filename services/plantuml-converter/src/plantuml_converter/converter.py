"""PlantUML sources to SVG and PNG, with the `plantuml` program."""

from __future__ import annotations

import logging
import re
import struct
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from clm_common import limits
from clm_common.batch import Convert, read_source
from clm_common.cli import converter
from clm_common.errors import ConversionError
from clm_common.process import ProgramError, Runner, find_program

log = logging.getLogger("clm")

SUFFIXES = (".puml", ".plantuml", ".pu", ".iuml", ".wsd")
FORMATS = ("svg", "png")

_START = re.compile(rb"^[ \t]*@start[a-z]+\b", re.MULTILINE)
_END = re.compile(rb"^[ \t]*@end[a-z]+\b.*$", re.MULTILINE)
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Diagram:
    """One `@start… @end…` block. `line` is where it starts in the file, counted from 1."""

    line: int
    text: bytes


def diagrams(source: bytes) -> list[Diagram]:
    """The diagrams in `source`, in order. A block without its end is an error."""
    found: list[Diagram] = []
    position = 0
    while start := _START.search(source, position):
        line = source.count(b"\n", 0, start.start()) + 1
        end = _END.search(source, start.end())
        if end is None:
            raise ConversionError("this diagram is not closed by an @end line", line=line)
        found.append(Diagram(line, source[start.start() : end.end()] + b"\n"))
        position = end.end()
    if not found:
        raise ConversionError("contains no diagram (no line that starts with @startuml or the like)")
    return found


def make(formats: Sequence[str]) -> Convert:
    """The conversion of one source: `name.svg`, and `name-2.svg` and so on for further diagrams in the file."""
    program = find_program("plantuml", "install Debian's packages plantuml and graphviz")
    find_program("dot", "PlantUML lays out most diagrams with it; install Debian's package graphviz")

    def convert(source: Path, scratch: Path, runner: Runner) -> None:
        blocks = diagrams(read_source(source))
        for kind in formats:
            for number, image in enumerate(_images(program, source, blocks, kind, runner), start=1):
                name = source.stem if number == 1 else f"{source.stem}-{number}"
                (scratch / f"{name}.{kind}").write_bytes(image)

    return convert


def _images(program: str, source: Path, blocks: Sequence[Diagram], kind: str, runner: Runner) -> list[bytes]:
    # Through pipes: given a file, PlantUML names its results after "@startuml NAME" and follows "../" in it out of
    # the folder it was told to write to (tried with 1.2020.2). One Java start serves all diagrams of a file.
    mark = f"--{uuid.uuid4()}--"
    command = [program, f"-t{kind}", "-charset", "UTF-8", "-pipe", "-pipedelimitor", mark, "-filename", source.name]
    log.debug("%s", " ".join(command))
    # Without a word PlantUML cuts off what is larger than this; by itself it takes 4096.
    size = {"PLANTUML_LIMIT_SIZE": str(limits.MAX_PNG_SIDE)}
    try:
        output = runner.run(command, cwd=source.parent, stdin=b"".join(block.text for block in blocks), env=size)
    except ProgramError as error:
        raise _explain(error, command, source, blocks, runner) from error
    images = [part.strip(b"\r\n") if kind == "svg" else part.lstrip(b"\r\n") for part in output.split(mark.encode())]
    images = [image for image in images if image.strip()]
    if len(images) != len(blocks):
        raise ConversionError(f"PlantUML made {len(images)} images of {len(blocks)} diagrams")
    for block, image in zip(blocks, images, strict=True):
        if not _is_whole(image, kind):
            raise ConversionError(f"PlantUML did not make a valid {kind.upper()} of this diagram", line=block.line)
        if kind == "png" and max(struct.unpack(">II", image[16:24])) >= limits.MAX_PNG_SIDE:
            raise ConversionError(
                f"is too large for a PNG ({limits.MAX_PNG_SIDE} pixels); make an SVG", line=block.line
            )
    return images


def _explain(
    error: ProgramError, command: Sequence[str], source: Path, blocks: Sequence[Diagram], runner: Runner
) -> ConversionError:
    """Finds the diagram that is wrong: in a pipe PlantUML counts lines from 0 and over several diagrams unreliably."""
    for block in blocks:
        stderr = error.stderr
        if len(blocks) > 1:
            try:
                runner.run(command, cwd=source.parent, stdin=block.text)
                continue
            except ProgramError as own:
                stderr = own.stderr
        if match := re.search(r"^ERROR\n(\d+)\n(.*)$", stderr, re.MULTILINE):
            return ConversionError(match[2].strip() or "syntax error", line=block.line + int(match[1]))
    return error


def _is_whole(image: bytes, kind: str) -> bool:
    if kind == "png":
        return image.startswith(_PNG) and b"IEND" in image[-16:]
    try:
        return ElementTree.fromstring(image).tag == "{http://www.w3.org/2000/svg}svg"
    except (ElementTree.ParseError, DefusedXmlException):
        return False


command = converter(
    name="plantuml-converter",
    help=(
        "Convert PlantUML sources to SVG or PNG.\n\n"
        "PATHS are files, or folders that are searched for "
        + ", ".join(SUFFIXES)
        + " files. The second diagram of a file becomes NAME-2.svg, and so on.\n\n"
        "\b\nExamples:\n"
        "  plantuml-converter diagram.puml\n"
        "  plantuml-converter --format png --output-dir build docs/\n"
    ),
    suffixes=SUFFIXES,
    formats=FORMATS,
    make=make,
)

"""The command line, and one process of `worker` for each notebook: a kernel that hangs cannot hold up the batch."""

from __future__ import annotations

import json
import logging
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import click

from clm_common.batch import Convert, read_source
from clm_common.cli import converter
from clm_common.errors import ConversionError
from clm_common.process import ProgramError, Runner

log = logging.getLogger("clm")

SUFFIXES = (".ipynb", ".py", ".sh")
FORMATS = ("html", "notebook", "script")

_CELL = re.compile(rb"^#[ \t]*%%", re.MULTILINE)


def is_notebook(path: Path) -> bool:
    """Whether a file found in a folder is a notebook; a script is one if it has a cell mark (`# %%`)."""
    if path.suffix.lower() == ".ipynb":
        return True
    try:
        return _CELL.search(read_source(path)) is not None
    except ConversionError as error:
        # What may not be read may be one: the conversion then fails by name.
        return isinstance(error.__cause__, OSError)


def make(formats: Sequence[str], execute: bool, kernel: str | None) -> Convert:
    """The conversion of one notebook."""

    def convert(source: Path, scratch: Path, runner: Runner) -> None:
        content = read_source(source)
        if source.suffix.lower() != ".ipynb" and not _CELL.search(content):
            raise ConversionError("is not a notebook in percent format: it has no line that starts with '# %%'")
        job = {
            "source": str(source),
            "output": str(scratch),
            "formats": list(formats),
            "execute": execute,
            "kernel": kernel,
            "started": time.time(),
            "timeout": runner.timeout,
        }
        command = [sys.executable, "-m", "notebook_processor.worker"]
        log.debug("%s <<< %s", " ".join(command), json.dumps(job))
        try:
            runner.run(command, stdin=json.dumps(job).encode())
        except ProgramError as error:
            raise _explain(error) from error

    return convert


def _explain(error: ProgramError) -> ConversionError:
    """The worker's last line on standard error is its own account of a failure that it understood."""
    *_, last = error.stderr.splitlines() or [""]
    try:
        account = json.loads(last)
        return ConversionError(account["error"], details=account["details"])
    except (ValueError, KeyError, TypeError):
        return error


command = converter(
    name="notebook-processor",
    help=(
        "Convert notebooks to HTML, notebooks (.ipynb) or scripts.\n\n"
        "PATHS are .ipynb files, Python or shell scripts in percent format (cells start with '# %%'), or folders "
        "that are searched for them. Nothing is executed without --execute.\n\n"
        "\b\nExamples:\n"
        "  notebook-processor lecture.py\n"
        "  notebook-processor --execute --format html --format notebook --output-dir build course/\n"
    ),
    suffixes=SUFFIXES,
    formats=FORMATS,
    make=make,
    belongs=is_notebook,
    options=[
        click.Option(["--execute/--no-execute"], default=False, help="Run the cells first. Default: no."),
        click.Option(["--kernel"], help="Kernel to run them with. Default: the notebook's own, else its language's."),
    ],
)

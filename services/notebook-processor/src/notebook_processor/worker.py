"""Converts one notebook, in a process of its own: reads a job (JSON) from standard input, writes the results.

A failure that it understands is one line of JSON on standard error, `{"error": …, "details": …}`, and exit status 1.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbconvert import HTMLExporter, NotebookExporter, ScriptExporter
from nbconvert.exporters import Exporter

_EXPORTERS: dict[str, type[Exporter]] = {"html": HTMLExporter, "notebook": NotebookExporter, "script": ScriptExporter}
_LANGUAGE_KERNELS = {".py": ("python3", "python"), ".sh": ("bash", "bash")}
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")

# A cell is stopped this long before the whole process is, so that it can still be named.
_TIME_FOR_REPORT_SECONDS = 3.0


class _UserError(Exception):
    def __init__(self, message: str, details: str = "") -> None:
        super().__init__(message)
        self.details = details


def main() -> int:
    """Does the job; returns the exit status."""
    warnings.simplefilter("ignore")
    job = json.load(sys.stdin)
    try:
        _convert(job)
    except _UserError as error:
        print(json.dumps({"error": str(error), "details": error.details}), file=sys.stderr)
        return 1
    return 0


def _convert(job: dict[str, Any]) -> None:
    source = Path(job["source"])
    notebook = _read(source)
    if not notebook.metadata.get("kernelspec"):
        name, language = _LANGUAGE_KERNELS.get(source.suffix.lower(), ("python3", "python"))
        notebook.metadata["kernelspec"] = {"name": name, "display_name": name, "language": language}
    if job["kernel"]:
        notebook.metadata["kernelspec"] = {"name": job["kernel"], "display_name": job["kernel"]}
    if job["execute"]:
        _execute(notebook, source.parent, job["timeout"], job["started"])
    for kind in job["formats"]:
        exporter = _EXPORTERS[kind]()
        text, resources = exporter.from_notebook_node(notebook, resources={"metadata": {"name": source.stem}})
        suffix = resources["output_extension"]
        if kind == "script" and suffix == ".txt":
            # Without a run there is no language_info; a script in percent format knows its own language.
            suffix = source.suffix if source.suffix != ".ipynb" else ".py"
        Path(job["output"], source.stem + suffix).write_text(text, encoding="utf-8")


def _read(source: Path) -> nbformat.NotebookNode:
    try:
        text = source.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise _UserError(f"is not UTF-8 text (byte {error.start})") from error
    try:
        if source.suffix.lower() == ".ipynb":
            notebook = nbformat.reads(text, as_version=4)
        else:
            notebook = jupytext.reads(text, fmt=source.suffix.lower() + ":percent")
        nbformat.validate(notebook)
    except nbformat.reader.NotJSONError as error:
        raise _UserError("is not a notebook: not valid JSON") from error
    except nbformat.ValidationError as error:
        raise _UserError(f"is not a valid notebook: {error.message}") from error
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise _UserError(f"is not a valid notebook: {error}") from error
    return notebook


def _execute(notebook: nbformat.NotebookNode, folder: Path, timeout: float, started: float) -> None:
    end = started + max(timeout - _TIME_FOR_REPORT_SECONDS, timeout / 2)
    client = NotebookClient(
        notebook,
        timeout_func=lambda cell: max(end - time.time(), 0.1),
        shutdown_kernel="immediate",
        resources={"metadata": {"path": str(folder)}},
    )
    try:
        # What a kernel says on its own streams must not mix with our account of a failure.
        client.execute(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except CellExecutionError as error:
        raise _UserError(
            f"{_cell(notebook)} failed: {error.ename}: {error.evalue}", _ANSI.sub("", error.traceback)
        ) from error
    except CellTimeoutError as error:
        raise _UserError(
            f"{_cell(notebook)} did not end in time (the whole notebook may take {timeout:g} s)"
        ) from error
    except DeadKernelError as error:
        raise _UserError(f"the kernel died in {_cell(notebook)}") from error
    except Exception as error:
        if type(error).__name__ == "NoSuchKernel":
            raise _UserError(f"there is no kernel named {notebook.metadata.kernelspec.name!r}") from error
        raise


def _cell(notebook: nbformat.NotebookNode) -> str:
    """The cell that ran last, counted from 1 over all cells."""
    started = [
        number
        for number, cell in enumerate(notebook.cells, start=1)
        if "execution" in cell.metadata or (cell.cell_type == "code" and cell.get("execution_count") is not None)
    ]
    return f"cell {started[-1]}" if started else "the first cell"


if __name__ == "__main__":
    sys.exit(main())

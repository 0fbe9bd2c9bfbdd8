"""A batch: which sources the arguments name, converting them side by side, and publishing whole files only."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from . import limits
from .errors import ConversionError, MissingProgramError, printable
from .process import Runner

log = logging.getLogger("clm")

Convert = Callable[[Path, Path, Runner], None]
"""Converts a source (absolute path) into files with their final names in a scratch folder (absolute path, empty)."""


@dataclass(frozen=True)
class Source:
    """A file to convert: how the user named it, where it is, and the folder for what comes of it."""

    shown: str
    path: Path
    target: Path


@dataclass
class Summary:
    """What became of a batch."""

    written: list[Path] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


def find_sources(
    arguments: Iterable[Path],
    suffixes: Collection[str],
    output: Path | None,
    belongs: Callable[[Path], bool] = lambda path: True,
) -> tuple[list[Source], list[tuple[str, ConversionError]]]:
    """The sources that files and folders in `arguments` name, without duplicates, and the arguments that are none.

    Folders are searched downwards, in the order of names; hidden entries, and files that `belongs` refuses, are
    passed over, and links to folders are not followed. A file that is named itself must have one of `suffixes`
    (lower case, with the dot). Results go beside the source, or into the same sub-folder of `output`.
    """
    sources: dict[Path, Source] = {}
    refused: list[tuple[str, ConversionError]] = []

    def add(shown: Path, below: Path) -> None:
        path = Path(os.path.abspath(shown))
        target = path.parent if output is None else Path(os.path.abspath(output)) / below
        sources.setdefault(path, Source(str(shown), path, target))

    def not_searched(error: OSError) -> None:
        refused.append((str(error.filename), ConversionError(f"cannot be searched: {error.strerror}{_hint(error)}")))

    for argument in arguments:
        # Not the methods of Path: up to Python 3.13 they raise where a folder on the way may not be entered.
        if os.path.isdir(argument):
            for folder, names, files in os.walk(argument, onerror=not_searched):
                names[:] = sorted(name for name in names if not name.startswith("."))
                for name in sorted(files):
                    file = Path(folder, name)
                    if name.startswith(".") or file.suffix.lower() not in suffixes or not os.path.isfile(file):
                        continue
                    if belongs(file):
                        add(file, Path(folder).relative_to(argument))
        elif not os.path.exists(argument):
            refused.append((str(argument), ConversionError("no such file or folder")))
        elif not os.path.isfile(argument):
            refused.append((str(argument), ConversionError("neither a file nor a folder")))
        elif argument.suffix.lower() not in suffixes:
            known = ", ".join(sorted(suffixes))
            refused.append((str(argument), ConversionError(f"not a kind of file that is converted here ({known})")))
        else:
            add(argument, Path())
    return list(sources.values()), refused


def read_source(path: Path) -> bytes:
    """The bytes of a source; raises ConversionError if it cannot be read, is empty or too large."""
    try:
        with path.open("rb") as file:
            content = file.read(limits.MAX_SOURCE_BYTES + 1)
    except OSError as error:
        raise ConversionError(f"cannot be read: {error.strerror}{_hint(error)}") from error
    if len(content) > limits.MAX_SOURCE_BYTES:
        raise ConversionError(f"is larger than {limits.MAX_SOURCE_BYTES // 2**20} MiB")
    if not content.strip():
        raise ConversionError("is empty")
    return content


def convert_all(sources: Sequence[Source], convert: Convert, runner: Runner, jobs: int) -> Summary:
    """Converts `sources`, at most `jobs` at a time, and publishes and reports them in their order.

    A source that fails is logged by name and leaves nothing behind; a file from an earlier run stays as it was.
    Raises MissingProgramError, and KeyboardInterrupt after the running programs were ended.
    """
    summary = Summary()
    owners = {source.path: "is a source; use --output-dir" for source in sources}
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        futures = [(source, pool.submit(_convert_one, source, convert, runner)) for source in sources]
        try:
            for source, future in futures:
                try:
                    scratch = future.result()
                    try:
                        written = _publish(source, scratch, owners)
                    finally:
                        shutil.rmtree(scratch, ignore_errors=True)
                except ConversionError as error:
                    report(source.shown, error)
                    summary.failed.append(source.shown)
                else:
                    for path in written:
                        log.info("%s -> %s", printable(source.shown), printable(_relative(path)))
                    summary.written.extend(written)
        except BaseException:
            runner.cancel()
            pool.shutdown(cancel_futures=True)
            for _, future in futures:
                _discard(future)
            raise
    return summary


def report(shown: str, error: ConversionError) -> None:
    """Logs what is wrong with one source: its name, the line if known, the message, the program's own words."""
    place = printable(shown) + (f":{error.line}" if error.line is not None else "")
    log.error("%s: %s", place, printable(error.message))
    lines = [line for line in error.details.splitlines() if line.strip()]
    for line in lines[-limits.MAX_DETAIL_LINES :]:
        log.error("    %s", printable(line))


def _convert_one(source: Source, convert: Convert, runner: Runner) -> Path:
    # Beside the target, so that publishing is a rename within one file system.
    try:
        source.target.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=".clm-", dir=source.target))
    except OSError as error:
        raise _not_writable(source.target, error) from error
    try:
        convert(source.path, scratch, runner)
    except BaseException as error:
        shutil.rmtree(scratch, ignore_errors=True)
        if not isinstance(error, Exception) or isinstance(error, (ConversionError, MissingProgramError)):
            raise
        log.debug("unexpected error", exc_info=True)
        raise ConversionError(f"unexpected {type(error).__name__}: {error}") from error
    return scratch


def _publish(source: Source, scratch: Path, owners: dict[Path, str]) -> list[Path]:
    made = sorted(scratch.iterdir())
    if not made:
        raise ConversionError("nothing came out of the conversion")
    moves = [(file, source.target / file.name) for file in made]
    for _, target in moves:
        if target in owners:
            raise ConversionError(f"would overwrite {target.name}, which {owners[target]}")
        if target.is_dir():
            raise ConversionError(f"cannot write {target}: it is a folder")
    for file, target in moves:
        try:
            os.replace(file, target)
        except OSError as error:
            raise _not_writable(target, error) from error
        owners[target] = f"was made from {source.shown}"
    return [target for _, target in moves]


def _not_writable(path: Path, error: OSError) -> ConversionError:
    return ConversionError(f"cannot write {path}: {error.strerror}{_hint(error)}")


def _hint(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return f' (this runs as user {os.getuid()}; with docker run, add --user "$(id -u):$(id -g)")'
    return ""


def _discard(future: Future[Path]) -> None:
    if future.done() and not future.cancelled() and future.exception() is None:
        shutil.rmtree(future.result(), ignore_errors=True)


def _relative(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)

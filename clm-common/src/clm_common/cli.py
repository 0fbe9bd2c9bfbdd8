"""The command line that every converter has."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import click

from . import __version__, limits
from .batch import Convert, convert_all, find_sources, report
from .errors import ExitCode, MissingProgramError, printable
from .process import Runner

log = logging.getLogger("clm")


def converter(
    *,
    name: str,
    help: str,
    suffixes: Collection[str],
    formats: Sequence[str],
    make: Callable[..., Convert],
    options: Sequence[click.Option] = (),
    belongs: Callable[[Path], bool] = lambda path: True,
) -> click.Command:
    """The click command of a converter.

    `make` gets `formats` (those the user asked for, by default the first) and the values of the converter's own
    `options`, and returns the conversion; it may raise MissingProgramError or click.UsageError.
    """

    def run(
        paths: tuple[Path, ...],
        format: tuple[str, ...],
        output_dir: Path | None,
        jobs: int,
        timeout: float,
        verbose: bool,
        quiet: bool,
        **own: Any,
    ) -> int:
        _set_up_logging(verbose=verbose, quiet=quiet)
        runner = Runner(timeout)
        sources, refused = find_sources(paths, suffixes, output_dir, belongs)
        for shown, error in refused:
            report(shown, error)
        if not sources:
            if refused:
                return ExitCode.FAILED
            log.error("nothing to convert: no %s file found", ", ".join(sorted(suffixes)))
            return ExitCode.NOTHING
        try:
            convert = make(formats=tuple(dict.fromkeys(format)) or (formats[0],), **own)
            summary = convert_all(sources, convert, runner, jobs)
        except MissingProgramError as error:
            log.error("%s", printable(str(error)))
            return ExitCode.MISSING
        except KeyboardInterrupt:
            log.error("interrupted")
            return ExitCode.INTERRUPTED
        failed = len(summary.failed) + len(refused)
        converted = len(sources) - len(summary.failed)
        log.info("%d converted, %d failed", converted, failed)
        return ExitCode.FAILED if failed else ExitCode.OK

    return click.Command(
        name,
        callback=run,
        help=help,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
        epilog=(
            "Exit status: 0 all converted, 1 some sources failed, 2 wrong usage, 3 nothing to convert, "
            "4 a needed program is missing, 130 interrupted."
        ),
        params=[
            click.Argument(["paths"], nargs=-1, required=True, type=click.Path(readable=False, path_type=Path)),
            click.Option(
                ["-f", "--format"],
                multiple=True,
                type=click.Choice(list(formats)),
                help=f"What to make; may be given several times. Default: {formats[0]}.",
            ),
            click.Option(
                ["-o", "--output-dir"],
                type=click.Path(path_type=Path, file_okay=False),
                help="Folder for the results. Default: beside each source.",
            ),
            *options,
            click.Option(
                ["-j", "--jobs"],
                type=click.IntRange(min=1),
                default=os.cpu_count() or 1,
                show_default="number of processors",
                help="How many sources are converted at a time.",
            ),
            click.Option(
                ["--timeout"],
                type=click.FloatRange(min=0, min_open=True),
                default=limits.DEFAULT_TIMEOUT_SECONDS,
                show_default=True,
                metavar="SECONDS",
                help="Time limit for each program that is run.",
            ),
            click.Option(["-v", "--verbose"], is_flag=True, help="Also say what is run."),
            click.Option(["-q", "--quiet"], is_flag=True, help="Say only what went wrong."),
            click.Option(
                ["--version"],
                is_flag=True,
                expose_value=False,
                is_eager=True,
                callback=_print_version,
                help="Show the version and exit.",
            ),
        ],
    )


def main(command: click.Command) -> None:
    """Runs `command` on this process's arguments and exits. SIGTERM ends it as Ctrl-C does, also as process 1."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        status = command.main(prog_name=command.name, standalone_mode=False)
    except click.ClickException as error:
        error.show()
        status = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        status = ExitCode.INTERRUPTED
    sys.exit(int(status or 0))


def _print_version(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value:
        click.echo(f"{context.command.name} {__version__}")
        context.exit()


def _set_up_logging(*, verbose: bool, quiet: bool) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Formatter())
    log.handlers[:] = [handler]
    log.propagate = False
    log.setLevel(logging.DEBUG if verbose else logging.ERROR if quiet else logging.INFO)


class _Formatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        if record.levelno >= logging.ERROR and not text.startswith("    "):
            return f"error: {text}"
        return text

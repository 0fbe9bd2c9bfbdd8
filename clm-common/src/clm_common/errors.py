"""Errors that a user reads, and the exit codes of every converter."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes, the same for every converter."""

    OK = 0
    """Every source was converted."""
    FAILED = 1
    """At least one source could not be converted; the others were."""
    USAGE = 2
    """The command line is wrong (click's own code)."""
    NOTHING = 3
    """No source was found."""
    MISSING = 4
    """A program that the conversion needs is not installed."""
    INTERRUPTED = 130
    """Ctrl-C or SIGTERM; what was finished by then is kept."""


class ConversionError(Exception):
    """One source could not be converted; the batch goes on.

    `message` is one line that does not repeat the file's name. `line` is the place in the source, counted from 1.
    `details` are the outside program's own last lines.
    """

    def __init__(self, message: str, *, line: int | None = None, details: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.details = details


class MissingProgramError(Exception):
    """A program that the conversion needs cannot be found; no source can be converted."""


def printable(text: str) -> str:
    """`text` with control characters and lone surrogates escaped, so that no file name or output can forge ours."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape", "backslashreplace").decode("ascii")
        for character in text
    )

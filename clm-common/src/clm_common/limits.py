"""Every limit of the converters, in one place."""

MAX_SOURCE_BYTES = 64 * 1024 * 1024
"""Largest source file that is read, in bytes."""

MAX_STDOUT_BYTES = 256 * 1024 * 1024
"""Most that an outside program may write to its standard output, in bytes."""

MAX_STDERR_BYTES = 64 * 1024
"""How much of the end of an outside program's standard error is kept, in bytes."""

MAX_DETAIL_LINES = 20
"""How many lines of an outside program's own words an error message repeats."""

MAX_PNG_SIDE = 16384
"""Largest width and height of a PNG that PlantUML makes, in pixels."""

DEFAULT_TIMEOUT_SECONDS = 120.0
"""Time that one source file may take unless the user says otherwise."""

KILL_GRACE_SECONDS = 3.0
"""Time between asking a program to end and killing it."""

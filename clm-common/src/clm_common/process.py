"""Running outside programs: with time limits, captured errors, and no child left behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from . import limits
from .errors import ConversionError, MissingProgramError


def find_program(name: str, hint: str) -> str:
    """The full path of `name` on PATH; raises MissingProgramError with `hint`, which says how to get it."""
    path = shutil.which(name)
    if path is None:
        raise MissingProgramError(f"{name} is not installed: {hint}")
    return path


class ProgramError(ConversionError):
    """An outside program ended with an error. `status` is its exit status, `stderr` the end of what it said."""

    def __init__(self, message: str, *, status: int, stderr: str) -> None:
        super().__init__(message, details=stderr)
        self.status = status
        self.stderr = stderr


class Runner:
    """Runs programs on behalf of one batch; `cancel` ends those that still run and refuses new ones."""

    def __init__(self, timeout: float = limits.DEFAULT_TIMEOUT_SECONDS) -> None:
        self.timeout = timeout
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._cancelled = False

    def run(
        self,
        command: Sequence[str],
        *,
        cwd: Path | None = None,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
    ) -> bytes:
        """Runs `command` in a process group of its own and returns what it wrote to standard output.

        `env` is added to the environment. Raises ProgramError if it fails, ConversionError if it takes longer than
        the batch's limit or writes too much, MissingProgramError if it cannot be started. The whole group is ended
        in every case.
        """
        process = self._start(command, cwd, env)
        name = Path(command[0]).name
        overflow = threading.Event()
        stdout = bytearray()
        stderr = bytearray()

        def read_stdout(stream: IO[bytes]) -> None:
            while chunk := stream.read1(65536):  # type: ignore[attr-defined]
                if len(stdout) + len(chunk) > limits.MAX_STDOUT_BYTES:
                    overflow.set()
                    _signal_group(process, signal.SIGKILL)
                    return
                stdout.extend(chunk)

        def read_stderr(stream: IO[bytes]) -> None:
            while chunk := stream.read1(65536):  # type: ignore[attr-defined]
                stderr.extend(chunk)
                del stderr[: -limits.MAX_STDERR_BYTES]

        def write_stdin(stream: IO[bytes]) -> None:
            try:
                stream.write(stdin)
                stream.close()
            except OSError:
                pass  # A program that does not read its input says why on standard error.

        streams = (process.stdout, process.stderr, process.stdin)
        threads = [
            threading.Thread(target=work, args=(stream,), daemon=True)
            for work, stream in zip((read_stdout, read_stderr, write_stdin), streams, strict=True)
        ]
        try:
            for thread in threads:
                thread.start()
            try:
                status = process.wait(self.timeout)
            except subprocess.TimeoutExpired:
                raise ConversionError(f"{name} took longer than {self.timeout:g} s and was stopped") from None
        finally:
            self._end(process)
            for thread, stream in zip(threads, streams, strict=True):
                thread.join(limits.KILL_GRACE_SECONDS)
                # A child that left the group may still hold the other end; closing ours would then wait for it.
                if not thread.is_alive():
                    _close_quietly(stream)
        if overflow.is_set():
            raise ConversionError(f"{name} wrote more than {limits.MAX_STDOUT_BYTES // 2**20} MiB and was stopped")
        text = bytes(stderr).decode("utf-8", "replace")
        if self._cancelled:
            raise ConversionError("interrupted")
        if status < 0:
            raise ProgramError(f"{name} was ended by {signal.Signals(-status).name}", status=status, stderr=text)
        if status != 0:
            raise ProgramError(f"{name} failed with exit status {status}", status=status, stderr=text)
        return bytes(stdout)

    def cancel(self) -> None:
        """Ends every program that runs and lets no further one start. Safe from a signal handler's thread."""
        self._cancelled = True
        for process in list(self._running):
            _signal_group(process, signal.SIGTERM)

    def _start(
        self, command: Sequence[str], cwd: Path | None, env: Mapping[str, str] | None
    ) -> subprocess.Popen[bytes]:
        if self._cancelled:
            raise ConversionError("interrupted")
        try:
            process = subprocess.Popen(
                list(command),
                cwd=cwd,
                env={**os.environ, **(env or {})},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise MissingProgramError(f"{command[0]} cannot be started: {error.strerror}") from error
        with self._lock:
            self._running.add(process)
        if self._cancelled:  # A cancel that came between the check above and the registration must not be missed.
            _signal_group(process, signal.SIGTERM)
        return process

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        if process.poll() is None:
            _signal_group(process, signal.SIGTERM)
            try:
                process.wait(limits.KILL_GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                pass
        _signal_group(process, signal.SIGKILL)  # Its children may have outlived it and hold the pipes.
        process.wait()
        with self._lock:
            self._running.discard(process)


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):
        pass


def _close_quietly(stream: IO[bytes] | None) -> None:
    try:
        if stream is not None:
            stream.close()
    except OSError:
        pass

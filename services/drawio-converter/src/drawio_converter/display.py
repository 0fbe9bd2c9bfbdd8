"""The X display that the draw.io program insists on, also when it only exports."""

from __future__ import annotations

import atexit
import os
import subprocess
import threading

from clm_common.errors import MissingProgramError
from clm_common.process import find_program

_START_SECONDS = 20.0


class Display:
    """One X display for a whole batch: the user's own, or an Xvfb that is started on first use and ends with us.

    `xvfb-run --auto-servernum` for each file would race for display numbers when files are converted side by side.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._name = os.environ.get("DISPLAY", "")

    def name(self) -> str:
        """The value for DISPLAY. Raises MissingProgramError where no display can be had."""
        with self._lock:
            if not self._name:
                self._name = self._start()
            return self._name

    def _start(self) -> str:
        program = find_program("Xvfb", "draw.io needs a display; install Debian's package xvfb")
        read, write = os.pipe()
        server = subprocess.Popen(
            [program, "-displayfd", str(write), "-screen", "0", "1280x1024x24", "-nolisten", "tcp"],
            pass_fds=(write,),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        atexit.register(_stop, server)
        os.close(write)
        timer = threading.Timer(_START_SECONDS, server.kill)
        timer.start()
        try:
            with os.fdopen(read, "rb") as pipe:
                number = pipe.readline().strip().decode("ascii", "replace")
        finally:
            timer.cancel()
        if not number.isdigit():
            raise MissingProgramError("Xvfb did not start; its output: run Xvfb -displayfd 1 to see it")
        return f":{number}"


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(3)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()

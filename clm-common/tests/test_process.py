import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from clm_common import limits
from clm_common.errors import ConversionError, MissingProgramError
from clm_common.process import ProgramError, Runner, find_program


def python(code):
    return [sys.executable, "-c", code]


def test_output_and_input():
    code = "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read()[::-1])"
    assert Runner().run(python(code), stdin=b"abc") == b"cba"


def test_input_that_is_not_read_is_no_error():
    assert Runner().run(python("print('x')"), stdin=b"a" * 1_000_000) == b"x\n"


def test_large_output_on_both_streams_does_not_block():
    code = "import sys; sys.stderr.write('e' * 500_000); sys.stdout.write('o' * 500_000)"
    assert len(Runner().run(python(code))) == 500_000


def test_failure_has_status_and_the_end_of_stderr():
    code = f"import sys; sys.stderr.write('start' + 'x' * {limits.MAX_STDERR_BYTES} + 'the end'); sys.exit(7)"
    with pytest.raises(ProgramError) as caught:
        Runner().run(python(code))
    assert caught.value.status == 7
    assert caught.value.stderr.endswith("the end")
    assert len(caught.value.stderr) == limits.MAX_STDERR_BYTES


def test_death_by_signal_is_named():
    with pytest.raises(ProgramError, match="SIGSEGV"):
        Runner().run(python("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"))


def test_time_limit_ends_the_whole_group(tmp_path):
    pid_file = tmp_path / "pid"
    child = "import time; time.sleep(600)"
    code = (
        "import subprocess, sys, time\n"
        f"child = subprocess.Popen([sys.executable, '-c', {child!r}])\n"
        f"open({str(pid_file)!r}, 'w').write(str(child.pid))\n"
        "time.sleep(600)"
    )
    with pytest.raises(ConversionError, match="took longer than 2 s"):
        Runner(timeout=2).run(python(code))
    pid = int(pid_file.read_text())
    assert not is_running(pid)


def is_running(pid):
    """Whether a process still runs; one that waits to be reaped does not."""
    for _ in range(50):
        state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()
        if not state or state.startswith("Z"):
            return False
        time.sleep(0.1)
    return True


def test_a_child_that_leaves_the_group_and_keeps_the_pipes_holds_nothing_up():
    child = "import os, time; os.setsid(); print('pid', os.getpid(), flush=True); time.sleep(600)"
    code = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {child!r}]); import time; time.sleep(2)"
    output = Runner(timeout=60).run(python(code))
    os.kill(int(output.split()[1]), signal.SIGKILL)  # Fails if we had waited for its end.


def test_too_much_output_is_stopped(monkeypatch):
    monkeypatch.setattr(limits, "MAX_STDOUT_BYTES", 2**20)
    with pytest.raises(ConversionError, match="more than 1 MiB"):
        Runner(timeout=60).run(python("while True: print('x' * 100_000)"))


def test_cancel_ends_what_runs_and_refuses_more():
    runner = Runner(timeout=600)
    threading.Timer(0.5, runner.cancel).start()
    with pytest.raises(ConversionError, match="interrupted"):
        runner.run(python("import time; time.sleep(600)"))
    with pytest.raises(ConversionError, match="interrupted"):
        runner.run(python("print()"))


def test_missing_program():
    with pytest.raises(MissingProgramError, match="no-such-program is not installed: get it"):
        find_program("no-such-program", "get it")
    with pytest.raises(MissingProgramError, match="cannot be started"):
        Runner().run(["/no/such/program"])

import os
import signal
import subprocess
import sys
import textwrap
import time
from functools import partial

import pytest

TOOL = textwrap.dedent(
    """
    import click, time
    from clm_common.batch import read_source
    from clm_common.cli import converter, main
    from clm_common.errors import ConversionError, MissingProgramError

    def make(formats, shout):
        if shout == "missing":
            raise MissingProgramError("tool is not installed: get it")
        def convert(source, scratch, runner):
            text = read_source(source).decode("utf-8", "replace")
            (scratch / f"{source.stem}.half").write_text("half")
            if text.startswith("sleep"):
                runner.run(["sleep", "600"])
            if text.startswith("bad"):
                raise ConversionError("is bad")
            (scratch / f"{source.stem}.half").unlink()
            for kind in formats:
                (scratch / f"{source.stem}.{kind}").write_text(text + (shout or ""))
        return convert

    main(converter(name="tool", help="Test tool.", suffixes=(".txt",), formats=("one", "two"), make=make,
                   options=[click.Option(["--shout"])]))
    """
)


@pytest.fixture
def tool(tmp_path, monkeypatch):
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    script = tmp_path / "tool.py"
    script.write_text(TOOL)
    return [sys.executable, str(script)]


def run(tool, *arguments):
    done = subprocess.run([*tool, *arguments], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def write(name, text="x"):
    with open(name, "w") as file:
        file.write(text)


def test_success(tool):
    write("a.txt")
    assert run(tool, "a.txt", "-f", "two", "-f", "one", "--shout", "!") == (
        0,
        "",
        "a.txt -> a.one\na.txt -> a.two\n1 converted, 0 failed\n",
    )


def test_default_format_and_quiet(tool):
    write("a.txt")
    assert run(tool, "-q", "a.txt") == (0, "", "")
    assert sorted(os.listdir()) == ["a.one", "a.txt"]


def test_failures_name_the_file_and_do_not_stop_the_others(tool):
    write("a.txt", "bad")
    write("b.txt")
    status, _, errors = run(tool, ".", "gone.txt")
    assert status == 1
    assert errors.splitlines() == [
        "error: gone.txt: no such file or folder",
        "error: a.txt: is bad",
        "b.txt -> b.one",
        "1 converted, 2 failed",
    ]
    assert sorted(os.listdir()) == ["a.txt", "b.one", "b.txt"]


def test_control_characters_in_names_are_escaped(tool):
    write("\x1b[2J\n::error::.txt", "bad")
    assert run(tool, ".")[2].splitlines()[0] == "error: \\x1b[2J\\n::error::.txt: is bad"


def test_nothing_to_convert(tool):
    assert run(tool, ".") == (3, "", "error: nothing to convert: no .txt file found\n")


def test_usage(tool):
    assert run(tool)[0] == 2
    status, _, errors = run(tool, "--format", "three", "a.txt")
    assert status == 2 and "'three' is not one of 'one', 'two'" in errors


def test_missing_program(tool):
    write("a.txt")
    assert run(tool, "a.txt", "--shout", "missing") == (4, "", "error: tool is not installed: get it\n")


def test_help_and_version(tool):
    status, output, _ = run(tool, "--help")
    assert status == 0
    for option in ("--format", "--output-dir", "--jobs", "--timeout", "--verbose", "--quiet", "--shout", "Exit status"):
        assert option in output
    assert run(tool, "--version") == (0, "tool 0.3.0\n", "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interruption_leaves_nothing_behind(tool, number):
    write("a.txt", "sleep")
    # A shell starts what runs in its background with SIGINT ignored; these tests may run so.
    heeding = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    process = subprocess.Popen([*tool, "a.txt"], stderr=subprocess.PIPE, text=True, preexec_fn=heeding)
    for _ in range(300):
        if os.listdir() != ["a.txt"]:
            break
        time.sleep(0.1)
    time.sleep(0.5)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors.splitlines()[-1] == "error: interrupted"
    assert os.listdir() == ["a.txt"]


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere; the image tests cover this as another user")
def test_folder_that_is_not_writable(tool, tmp_path):
    write("a.txt")
    os.chmod(".", 0o555)
    try:
        status, _, errors = run(tool, "a.txt")
    finally:
        os.chmod(".", 0o755)
    assert status == 1 and "Permission denied" in errors and '--user "$(id -u):$(id -g)"' in errors

"""These run a stand-in for the draw.io program (drawio_stand_in.py says what it keeps of it)."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from clm_common.errors import ConversionError
from drawio_converter.converter import page_names

STAND_IN = Path(__file__).with_name("drawio_stand_in.py")


@pytest.fixture(autouse=True)
def work(tmp_path, monkeypatch):
    programs = tmp_path / "bin"
    programs.mkdir()
    shutil.copy(STAND_IN, programs / "drawio")
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setenv("DISPLAY", ":99")
    return tmp_path


def write(name, *pages):
    body = "".join(f'<diagram id="{n}" name="{page}"><mxGraphModel/></diagram>' for n, page in enumerate(pages))
    Path(name).write_text(f"<mxfile>{body}</mxfile>")


def run(*arguments, **env):
    command = [sys.executable, "-m", "drawio_converter", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env={**os.environ, **env})
    return done.returncode, done.stderr.splitlines()


def test_page_names():
    assert page_names(b'<mxfile><diagram name="A"/><diagram/></mxfile>') == ["A", "2"]
    assert page_names(b"<mxGraphModel/>") == ["1"]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (b"<mxfile><diagram>", "is not a draw.io file: no element found"),
        (b"<html/>", "its root element is <html>, not <mxfile>"),
        (b"<mxfile/>", "has no pages"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><mxfile>&a;</mxfile>', "declare no XML entities"),
    ],
)
def test_files_that_are_no_diagrams(source, message):
    with pytest.raises(ConversionError, match=message):
        page_names(source)


def test_one_page_keeps_the_file_s_name():
    write("a.drawio", "Overview")
    assert run("a.drawio") == (0, ["a.drawio -> a.svg", "1 converted, 0 failed"])
    assert "Overview" in Path("a.svg").read_text()


def test_each_page_in_each_format():
    write("a.drawio", "First", "Second")
    assert run("-f", "svg", "-f", "png", "-f", "pdf", "-o", "out", "a.drawio")[0] == 0
    assert sorted(os.listdir("out")) == ["a-1.pdf", "a-1.png", "a-1.svg", "a-2.pdf", "a-2.png", "a-2.svg"]
    assert "Second" in Path("out/a-2.svg").read_text()
    assert Path("out/a-1.pdf").read_bytes() == b"%PDF-1.4\nFirst"


def test_one_page_and_its_scale():
    write("a.drawio", "First", "Second")
    assert run("--page", "2", "--scale", "1.5", "a.drawio")[0] == 0
    assert sorted(os.listdir()) == ["a-2.svg", "a.drawio"]
    assert 'data-scale="1.5"' in Path("a-2.svg").read_text()
    assert run("--page", "3", "a.drawio") == (
        1,
        ["error: a.drawio: has 2 pages, so there is no page 3", "0 converted, 1 failed"],
    )


def test_what_draw_io_gets_wrong_is_an_error_and_leaves_nothing():
    for number, page in enumerate(["fails", "crashes", "garbage"]):
        write(f"{number}.drawio", "good", page)
    write("3.drawio", "good")
    status, lines = run(".")
    assert status == 1
    assert lines == [
        "error: 0.drawio: draw.io wrote nothing for page 2 (fails)",
        "error: 1.drawio: drawio failed with exit status 133",
        "error: 2.drawio: draw.io did not make a valid SVG of page 2 (garbage)",
        "3.drawio -> 3.svg",
        "1 converted, 3 failed",
    ]
    assert sorted(os.listdir()) == ["0.drawio", "1.drawio", "2.drawio", "3.drawio", "3.svg"]


def test_time_limit():
    write("a.drawio", "hangs")
    assert run("--timeout", "1", "a.drawio")[1][0] == "error: a.drawio: drawio took longer than 1 s and was stopped"


def test_a_display_is_started_once_and_ended(work):
    log = work / "xvfb.log"
    server = work / "bin" / "Xvfb"
    # Keeps the contract of Xvfb's -displayfd: the number on that descriptor once it is ready, then it runs on.
    server.write_text(f'#!/bin/sh\necho "start $$" >>{log}\neval "echo 7 >&$2"\neval "exec $2>&-"\nexec sleep 600\n')
    server.chmod(server.stat().st_mode | stat.S_IXUSR)
    for name in "abc":
        write(f"{name}.drawio", "page")
    assert run(".", DISPLAY="")[0] == 0
    starts = log.read_text().split()
    assert starts[0] == "start" and len(starts) == 2
    with pytest.raises(ProcessLookupError):
        os.kill(int(starts[1]), 0)


def test_without_display_or_program(work):
    write("a.drawio", "page")
    programs = str(work / "bin")
    os.symlink(sys.executable, f"{programs}/python3")
    status, lines = run("a.drawio", DISPLAY="", PATH=programs)
    assert (status, lines[0]) == (
        4,
        "error: Xvfb is not installed: draw.io needs a display; install Debian's package xvfb",
    )
    assert run("a.drawio", PATH="/nonexistent")[0] == 4

"""These run real kernels: ipykernel and bash_kernel from PyPI."""

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

LECTURE = """\
# %% [markdown]
# # Grüße

# %%
print(6 * 7)

# %%
open("data.txt").read()
"""


@pytest.fixture(autouse=True)
def work(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    Path("data.txt").write_text("beside the notebook")


def run(*arguments):
    command = [sys.executable, "-m", "notebook_processor", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, env={**os.environ})
    return done.returncode, done.stderr.splitlines()


def outputs(name):
    notebook = nbformat.read(name, as_version=4)
    nbformat.validate(notebook)
    found = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            found.append(output.get("text") or output["data"]["text/plain"])
    return found


def test_html_without_execution_is_the_default():
    Path("lecture.py").write_text(LECTURE, encoding="utf-8")
    assert run("lecture.py") == (0, ["lecture.py -> lecture.html", "1 converted, 0 failed"])
    html = Path("lecture.html").read_text(encoding="utf-8")
    assert "Grüße" in html and "<h1" in html and ">42" not in html


def test_execution_in_the_notebook_s_folder_in_all_formats():
    Path("lecture.py").write_text(LECTURE, encoding="utf-8")
    status, lines = run("--execute", "-f", "html", "-f", "notebook", "-f", "script", "-o", "out", "lecture.py")
    assert (status, lines[-1]) == (0, "1 converted, 0 failed")
    assert sorted(os.listdir("out")) == ["lecture.html", "lecture.ipynb", "lecture.py"]
    assert outputs("out/lecture.ipynb") == ["42\n", "'beside the notebook'"]
    assert "42" in Path("out/lecture.html").read_text(encoding="utf-8")
    assert "print(6 * 7)" in Path("out/lecture.py").read_text(encoding="utf-8")


def test_ipynb_round():
    Path("lecture.py").write_text(LECTURE, encoding="utf-8")
    assert run("-f", "notebook", "lecture.py")[0] == 0
    assert run("--execute", "-f", "notebook", "-o", "out", "lecture.ipynb")[0] == 0
    assert outputs("out/lecture.ipynb")[0] == "42\n"


def test_shell_notebook_with_the_bash_kernel():
    Path("shell.sh").write_text('# %%\nx=5\n\n# %%\necho "x is $x"\n')
    assert run("--execute", "-f", "notebook", "-f", "script", "-o", "out", "shell.sh")[0] == 0
    assert outputs("out/shell.ipynb") == ["x is 5\n"]
    assert sorted(os.listdir("out")) == ["shell.ipynb", "shell.sh"]


def test_only_notebooks_are_taken_from_a_folder():
    Path("course").mkdir()
    Path("course/lecture.py").write_text(LECTURE, encoding="utf-8")
    Path("course/module.py").write_text("x = 1\n")
    assert run("course") == (0, ["course/lecture.py -> course/lecture.html", "1 converted, 0 failed"])
    assert run("course/module.py")[1][0] == (
        "error: course/module.py: is not a notebook in percent format: it has no line that starts with '# %%'"
    )


def test_what_cannot_be_read_in_a_folder_is_named():
    Path("course").mkdir()
    Path("course/lecture.py").write_text(LECTURE, encoding="utf-8")
    # Linux refuses to read it even to root, who may read every file on disk.
    Path("course/locked.py").symlink_to("/proc/self/mem")
    assert run("course") == (
        1,
        [
            "course/lecture.py -> course/lecture.html",
            "error: course/locked.py: cannot be read: Input/output error",
            "1 converted, 1 failed",
        ],
    )


def test_a_failing_cell_is_named_and_the_others_are_converted():
    Path("a.py").write_text("# %%\nx = 1\n\n# %%\n1 / 0\n\n# %%\nx = 2\n")
    Path("b.py").write_text(LECTURE, encoding="utf-8")
    status, lines = run("--execute", "a.py", "b.py")
    assert status == 1
    assert lines[0] == "error: a.py: cell 2 failed: ZeroDivisionError: division by zero"
    assert lines[-2:] == ["b.py -> b.html", "1 converted, 1 failed"]
    assert not any("\x1b" in line for line in lines)
    assert not Path("a.html").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        ("{", "is not a notebook: not valid JSON"),
        ("[1, 2]", "is not a valid notebook"),
        (
            json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "x"}]}),
            "is not a valid",
        ),
    ],
)
def test_broken_notebooks(content, message):
    Path("a.ipynb").write_text(content)
    status, lines = run("a.ipynb")
    assert status == 1 and lines[0].startswith(f"error: a.ipynb: {message}"), lines
    assert "Traceback" not in "".join(lines)


def test_text_that_is_not_utf8():
    Path("a.py").write_bytes(b"# %%\nx = '\xff'\n")
    assert run("a.py")[1][0] == "error: a.py: is not UTF-8 text (byte 10)"


def test_a_cell_that_hangs_and_a_kernel_that_dies():
    Path("a.py").write_text("# %%\nimport time; time.sleep(600)\n")
    Path("b.py").write_text("# %%\nimport os; os._exit(1)\n")
    status, lines = run("--execute", "--timeout", "15", "a.py", "b.py")
    errors = [line for line in lines if line.startswith("error")]
    assert status == 1
    assert errors == [
        "error: a.py: cell 1 did not end in time (the whole notebook may take 15 s)",
        "error: b.py: the kernel died in cell 1",
    ]


def test_unknown_kernel_and_overwriting():
    Path("a.py").write_text("# %%\nx = 1\n")
    assert run("--execute", "--kernel", "nope", "a.py")[1][0] == "error: a.py: there is no kernel named 'nope'"
    assert run("-f", "script", "a.py")[1][0].startswith("error: a.py: would overwrite a.py")

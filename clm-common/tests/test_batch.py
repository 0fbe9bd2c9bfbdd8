import logging
import os
import threading
from pathlib import Path

import pytest

from clm_common import limits
from clm_common.batch import convert_all, find_sources, read_source
from clm_common.errors import ConversionError, MissingProgramError
from clm_common.process import Runner


@pytest.fixture
def work(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path, text="content"):
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def names(folder="."):
    return sorted(str(path.relative_to(folder)) for path in Path(folder).rglob("*") if path.is_file())


def upper(source, scratch, runner):
    text = read_source(source).decode()
    (scratch / f"{source.stem}.out").write_text("half")
    if "bad" in text:
        raise ConversionError("is bad", line=3, details="first\nsecond\x1b[31m")
    (scratch / f"{source.stem}.out").write_text(text.upper())


def run(*arguments, output=None, convert=upper, jobs=2):
    sources, refused = find_sources([Path(a) for a in arguments], {".txt"}, output and Path(output))
    assert refused == []
    return convert_all(sources, convert, Runner(), jobs)


def test_folders_are_searched_in_order_without_hidden_entries(work):
    for name in ["d/b.txt", "d/a.TXT", "d/sub/c.txt", "d/.hidden/x.txt", "d/.y.txt", "d/z.md"]:
        write(name)
    sources, refused = find_sources([Path("d"), Path("d/b.txt")], {".txt"}, None)
    assert [source.shown for source in sources] == ["d/a.TXT", "d/b.txt", "d/sub/c.txt"]
    assert refused == []


def test_links_to_folders_are_not_followed(work):
    write("d/a.txt")
    os.symlink("..", "d/loop")
    assert len(find_sources([Path("d")], {".txt"}, None)[0]) == 1


def test_arguments_that_are_no_sources_are_named(work):
    write("a.md")
    os.mkfifo("pipe.txt")
    _, refused = find_sources([Path("a.md"), Path("gone.txt"), Path("pipe.txt")], {".txt"}, None)
    assert [(shown, error.message) for shown, error in refused] == [
        ("a.md", "not a kind of file that is converted here (.txt)"),
        ("gone.txt", "no such file or folder"),
        ("pipe.txt", "neither a file nor a folder"),
    ]


def test_results_go_beside_the_source_or_into_the_same_sub_folder(work):
    write("d/sub/a.txt")
    run("d")
    assert Path("d/sub/a.out").read_text() == "CONTENT"
    run("d", output="o")
    assert names("o") == ["sub/a.out"]


def test_one_bad_source_is_named_and_the_others_are_converted(work, caplog):
    write("a.txt")
    write("b.txt", "bad")
    write("c.txt")
    write("b.out", "from an earlier run")
    with caplog.at_level(logging.INFO, logger="clm"):
        summary = run("a.txt", "b.txt", "c.txt")
    assert summary.failed == ["b.txt"]
    assert names() == ["a.out", "a.txt", "b.out", "b.txt", "c.out", "c.txt"]
    assert Path("b.out").read_text() == "from an earlier run"
    assert [record.getMessage() for record in caplog.records] == [
        "a.txt -> a.out",
        "b.txt:3: is bad",
        "    first",
        "    second\\x1b[31m",
        "c.txt -> c.out",
    ]
    assert not [entry for entry in os.listdir() if entry.startswith(".clm-")]


def test_an_unexpected_error_is_one_source_s_failure(work):
    write("a.txt")
    write("b.txt")

    def convert(source, scratch, runner):
        if source.stem == "a":
            raise RuntimeError("surprise")
        upper(source, scratch, runner)

    assert run("a.txt", "b.txt", convert=convert).failed == ["a.txt"]
    assert Path("b.out").exists()


def test_a_source_is_never_overwritten(work):
    write("a.txt")

    def convert(source, scratch, runner):
        (scratch / source.name).write_text("new")

    assert run("a.txt", convert=convert).failed == ["a.txt"]
    assert Path("a.txt").read_text() == "content"
    assert run("a.txt", convert=convert, output="o").failed == []


def test_two_sources_with_one_result_do_not_overwrite_each_other(work, caplog):
    write("a/x.txt", "first")
    write("b/x.txt", "second")
    for _ in range(5):
        assert run("a/x.txt", "b/x.txt", output="o").failed == ["b/x.txt"]
        assert Path("o/x.out").read_text() == "FIRST"
    assert caplog.messages[0] == "b/x.txt: would overwrite x.out, which was made from a/x.txt"


def test_a_folder_in_the_way_leaves_all_results_unwritten(work, caplog):
    write("a.txt")
    os.mkdir("b.out")

    def convert(source, scratch, runner):
        for name in ("a.out", "b.out"):
            (scratch / name).write_text("new")

    assert run("a.txt", convert=convert).failed == ["a.txt"]
    assert caplog.messages == [f"a.txt: cannot write {work}/b.out: it is a folder"]
    assert names() == ["a.txt"]


def test_no_result_is_a_failure(work):
    write("a.txt")
    assert run("a.txt", convert=lambda *_: None).failed == ["a.txt"]


def test_jobs_run_side_by_side(work):
    write("a.txt")
    write("b.txt")
    barrier = threading.Barrier(2, timeout=30)

    def convert(source, scratch, runner):
        barrier.wait()
        upper(source, scratch, runner)

    assert run("a.txt", "b.txt", convert=convert, jobs=2).failed == []


@pytest.mark.parametrize("error", [MissingProgramError("x"), KeyboardInterrupt()])
def test_the_batch_ends_without_leftovers(work, error):
    for name in "abcdef":
        write(f"{name}.txt")

    def convert(source, scratch, runner):
        upper(source, scratch, runner)
        if source.stem == "b":
            raise error

    with pytest.raises(type(error)):
        run(*(f"{name}.txt" for name in "abcdef"), convert=convert)
    assert not [entry for entry in os.listdir() if entry.startswith(".clm-")]


def test_sources_that_cannot_be_read(work, monkeypatch):
    with pytest.raises(ConversionError, match="is empty"):
        read_source(write("a.txt", " \n"))
    with pytest.raises(ConversionError, match="No such file"):
        read_source(Path("gone.txt"))
    monkeypatch.setattr(limits, "MAX_SOURCE_BYTES", 4)
    with pytest.raises(ConversionError, match="is larger than"):
        read_source(write("b.txt", "12345"))

"""These run Debian's plantuml and graphviz."""

import os
import struct
import subprocess
import sys

import pytest
from defusedxml import ElementTree

from clm_common.errors import ConversionError
from plantuml_converter.converter import diagrams

SEQUENCE = "@startuml\nAlice -> Bob: Grüße\n@enduml\n"
CLASSES = "@startuml\nclass A\nclass B\nA <|-- B\n@enduml\n"


@pytest.fixture(autouse=True)
def work(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def write(name, text):
    with open(name, "w", encoding="utf-8") as file:
        file.write(text)


def run(*arguments, **env):
    command = [sys.executable, "-m", "plantuml_converter", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env={**os.environ, **env})
    return done.returncode, done.stderr.splitlines()


def texts(name):
    return "".join(ElementTree.parse(name).getroot().itertext())


def test_diagrams_have_their_lines():
    source = b"' note\n@startuml x\nA->B\n@enduml\n\n  @startdot\ndigraph {}\n  @enddot trailing\n"
    found = diagrams(source)
    assert [block.line for block in found] == [2, 6]
    assert found[1].text == b"  @startdot\ndigraph {}\n  @enddot trailing\n"


@pytest.mark.parametrize(
    ("source", "line", "message"),
    [(b"hello\n", None, "contains no diagram"), (b"\n@startuml\nA->B\n", 2, "not closed")],
)
def test_sources_without_a_whole_diagram(source, line, message):
    with pytest.raises(ConversionError, match=message) as caught:
        diagrams(source)
    assert caught.value.line == line


def test_svg_and_png_of_a_diagram_that_needs_graphviz():
    write("classes.puml", CLASSES)
    assert run("-f", "svg", "-f", "png", "classes.puml") == (
        0,
        ["classes.puml -> classes.png", "classes.puml -> classes.svg", "1 converted, 0 failed"],
    )
    assert texts("classes.svg").count("A") == 1
    with open("classes.png", "rb") as file:
        assert file.read(8) == b"\x89PNG\r\n\x1a\n"


def test_several_diagrams_text_in_utf8_and_includes():
    write("common.iuml", "skinparam monochrome true\nparticipant Carol\n")
    write("two.puml", SEQUENCE + "\n@startuml\n!include common.iuml\nCarol -> Dave\n@enduml\n")
    assert run("two.puml")[0] == 0
    assert "Grüße" in texts("two.svg")
    assert "Carol" in texts("two-2.svg")


def test_a_diagram_s_own_name_cannot_lead_out_of_the_folder():
    os.mkdir("inner")
    write("inner/a.puml", "@startuml ../../escaped\nA -> B\n@enduml\n")
    assert run("inner")[0] == 0
    assert sorted(os.listdir("inner")) == ["a.puml", "a.svg"]
    assert os.listdir() == ["inner"] and not os.path.exists("../escaped.svg")


def test_a_bad_diagram_is_named_with_its_line_and_the_others_are_converted():
    write("a.puml", SEQUENCE)
    write("b.puml", SEQUENCE + "\n@startuml\nA -> B\nB -> C\nfoo bar baz\n@enduml\n")
    write("c.puml", SEQUENCE)
    status, lines = run("--output-dir", "out", ".")
    assert status == 1
    assert lines == [
        "a.puml -> out/a.svg",
        "error: b.puml:8: Syntax Error?",
        "c.puml -> out/c.svg",
        "2 converted, 1 failed",
    ]
    assert sorted(os.listdir("out")) == ["a.svg", "c.svg"]


def test_a_large_png_is_whole_or_refused():
    for name, messages in (("a.puml", 200), ("b.puml", 800)):
        write(name, "@startuml\n" + "A -> B: message\n" * messages + "@enduml\n")
    assert run("-f", "png", "a.puml", "b.puml") == (
        1,
        [
            "a.puml -> a.png",
            "error: b.puml:1: is too large for a PNG (16384 pixels); make an SVG",
            "1 converted, 1 failed",
        ],
    )
    with open("a.png", "rb") as file:
        assert 4096 < struct.unpack(">II", file.read(24)[16:])[1] < 16384


def test_a_missing_include_is_an_error():
    write("a.puml", "@startuml\n!include gone.iuml\nA -> B\n@enduml\n")
    assert run("a.puml") == (1, ["error: a.puml:2: cannot include gone.iuml", "0 converted, 1 failed"])


def test_without_plantuml():
    write("a.puml", SEQUENCE)
    status, lines = run("a.puml", PATH="/nonexistent")
    assert status == 4 and lines[0].startswith("error: plantuml is not installed: install Debian's packages")


def test_time_limit():
    write("a.puml", SEQUENCE)
    status, lines = run("--timeout", "0.05", "a.puml")
    assert (status, lines[0]) == (1, "error: a.puml: plantuml took longer than 0.05 s and was stopped")
    assert os.listdir() == ["a.puml"]

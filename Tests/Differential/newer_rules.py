"""Where BuildKit has changed since 0.12.5, the version inside the PyPI package `dockerfile` 3.4.0.

The project follows today's BuildKit. A file that differs is explained only if it holds what the rule is about.
"""

import re
from dataclasses import dataclass
from typing import Callable


@dataclass
class Rule:
    name: str
    # What changed, and the first release of BuildKit with it (and the commit in moby/buildkit).
    change: str
    applies: Callable[[str], bool]


def _joined(text):
    """The text with continued lines joined, and what BuildKit drops between them dropped."""
    return re.sub(r"[\\`][ \t]*\r*\n([^\S\n]*(#[^\n]*)?\n)*", "", text)


RULES = [
    Rule(
        "flag-escape",
        "0.21 (877d8a771): flags take the escape character of the file; it was always the backslash",
        lambda text: bool(re.search(r"escape\s*=\s*`", text, re.IGNORECASE)) and bool(re.search(r"--[^\n]*[\\`]", text)),
    ),
    Rule(
        "json-whole",
        "0.15 (80518e257): text behind a JSON array makes it the shell form; it was ignored",
        lambda text: bool(re.search(r"\][^\n]*\S", _joined(text))),
    ),
    Rule(
        "heredoc-blank",
        "0.22 (0b77373ab): blanks may stand between << and the delimiter",
        lambda text: bool(re.search(r"<<-?[ \t\r]", text)),
    ),
    Rule(
        "pattern-forms",
        "0.13 (4f459a4cd, 9a3f9f36e): ${V#p}, ${V%p} and ${V/p/r} exist; a line with them had no heredocs",
        lambda text: "<<" in text and bool(re.search(r"\$\{\w*[#%/]", text)),
    ),
    Rule(
        "heredoc-substitution",
        "0.15 (4c935cf9a): words share one buffer: an inner ${V:-w} drops what its word had so far",
        lambda text: "<<" in text and bool(re.search(r"\$\{\w*:?[-+?]", text)),
    ),
    Rule(
        "check-directive",
        "0.14 (e3c0a07b0): `check` is a directive, so that it no longer ends their block",
        lambda text: bool(re.search(r"#\s*check\s*=", text, re.IGNORECASE)),
    ),
    Rule(
        "directive-blank",
        "0.27 (a248d48d0): any Unicode blank may stand between # and the name of a directive; only ASCII ones could",
        lambda text: bool(re.search("#[ \\t]*[\u0085\u00a0\u2003\u3000]\\s*(escape|syntax|check)", text, re.IGNORECASE)),
    ),
]

"""Draws the README's pictures from what clm-doctor prints of its demonstration: pictures.py PROGRAM [--check]

report.svg is the report on a terminal, impact.svg the drawing of `impact --format html`. With --check nothing is written; it
fails where a picture is not what the program prints.
"""

import os
import re
import subprocess
import sys
import tempfile
from html import escape
from pathlib import Path

DOCS = Path(__file__).parent
CHANGE = "web/src/page.js"
# How many findings the picture of the report has.
FINDINGS = 2

# Colours of a terminal and of the page of `impact`, each legible on its ground: light, dark.
COLOURS = {
    "page": ("#ffffff", "#16161a"), "edge": ("#c9c9d0", "#44444c"), "text": ("#1b1b1f", "#e8e8ec"),
    "dim": ("#5c5c66", "#a5a5b0"), "error": ("#b3261e", "#ff8a80"), "warning": ("#8a5a00", "#ffb95c"),
    "info": ("#00639b", "#7fcfff"), "good": ("#2e7d32", "#81c784"), "place": ("#3b4cca", "#9fb0ff"),
}
# Of `TextStyle`.
ROLES = {"1;31": "error", "1;33": "warning", "1;36": "info", "32": "good", "2": "dim", "1": "strong", "34": "place"}
STYLE = """
  text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: var(--text); white-space: pre; }
  .page { fill: var(--page); stroke: var(--edge); }
  .strong, .error, .warning, .info { font-weight: bold; }
""" + "".join(f"  .{role} {{ fill: var(--{role}); }}\n" for role in COLOURS if role not in ("page", "edge", "text"))


def said(program, folder, *arguments):
    """What the program prints, whatever it finds."""
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "CLICOLOR_FORCE": "1"}
    run = subprocess.run([program, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=300)
    if run.returncode > 1 or run.stderr:
        sys.exit(f"clm-doctor {' '.join(arguments)}: status {run.returncode}\n{run.stderr}")
    return run.stdout


def drawing(width, height, label, body, style=STYLE):
    def variables(index):
        return " ".join(f"--{name}: {both[index]};" for name, both in COLOURS.items())

    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{escape(label)}">\n<style>\n  svg {{ {variables(0)} }}\n'
        f"  @media (prefers-color-scheme: dark) {{ svg {{ {variables(1)} }} }}{style}</style>\n"
        f'<rect class="page" x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="8"/>\n{body}</svg>\n'
    )


def line(text, x, y):
    """A line of a terminal, with its colours."""
    spans, role = [], None
    for part in re.split(r"(\x1b\[[0-9;]*m)", text):
        if code := re.fullmatch(r"\x1b\[([0-9;]*)m", part):
            role = None if code[1] in ("", "0") else ROLES[code[1]]
        elif part:
            spans.append(f'<tspan class="{role}">{escape(part)}</tspan>' if role else escape(part))
    return f'<text x="{x}" y="{y}" xml:space="preserve">{"".join(spans)}</text>\n'


def count(block):
    """How many findings a block tells: one in full, or several in a line each below a heading."""
    lines = re.sub(r"\x1b\[[0-9;]*m", "", block).split("\n")
    return len([line for line in lines if re.match(r"  \S", line)]) if lines[0] == "Also found" else 1


def report(program, folder):
    blocks = said(program, folder, "--no-host").replace(str(folder), "~/shop").rstrip("\n").split("\n\n")
    # The head, the categories, the findings, the last lines.
    findings = blocks[2:-1]
    left = sum(count(block) for block in findings[FINDINGS:])
    blocks = ["$ clm-doctor --no-host", *blocks[:2], *findings[:FINDINGS], f"⋮ {left} more findings", blocks[-1]]
    lines = "\n\n".join(blocks).split("\n")
    body = "".join(line(text, 18, 32 + 18 * index) for index, text in enumerate(lines) if text)
    width = max(len(re.sub(r"\x1b\[[0-9;]*m", "", text)) for text in lines)
    # As wide as the widest of these fonts; 13 of DejaVu's letters are 102 wide.
    return drawing(36 + 102 * width // 13, 18 * len(lines) + 38, "What clm-doctor prints of a small project with problems", body)


def impact(program, folder):
    page = said(program, folder, "impact", "--files", CHANGE, "--format", "html")
    style = re.search(r"<style>(.*?)</style>", page, re.S)[1]
    graph = "".join(f"  {rule}\n" for rule in re.findall(r"\.graph [^{}]*\{[^}]*\}", style))
    states = "".join(f"  svg {{ {name}: {value}; }}\n" for name, value in re.findall(r"(--(?:cached|maybe|rebuild|step)): ([^;]+);", style))
    body, y, width = line(f"\x1b[1m$ clm-doctor impact --files {CHANGE}\x1b[0m", 18, 32), 56, 0
    for name, verdict, svg in re.findall(r"<h2 id=\"b\d+\">(.*?) <span class=\"verdict \w+\">(.*?)</span></h2>.*?(<svg class=\"graph\".*?</svg>\n)</div>", page, re.S):
        body += f'<text x="18" y="{y + 12}"><tspan class="strong">{name}</tspan>  {verdict}</text>\n'
        size = re.search(r'width="(\d+)" height="(\d+)"', svg)
        body += svg.replace("<svg ", f'<svg x="6" y="{y + 18}" ', 1)
        y, width = y + 34 + int(size[2]), max(width, int(size[1]))
    legend = [("cached", "stays cached"), ("maybe", "may run again"), ("rebuild", "runs again")]
    for index, (state, words) in enumerate(legend):
        x = 18 + 170 * index
        body += f'<rect class="state {state}" x="{x}" y="{y}" width="16" height="16" rx="3"/><text x="{x + 24}" y="{y + 13}">{words}</text>\n'
    own = STYLE + states + graph.replace("--line", "--edge") + "".join(f"  .state.{name} {{ fill: var(--{name}); }}\n" for name, _ in legend)
    return drawing(width + 12, y + 32, f"Which build steps run again for a change of {CHANGE}", body, own)


def main(program, *options):
    os.umask(0o022)
    program = str(Path(program).resolve())
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent).resolve() / "shop"
        said(program, parent, "demo", str(folder))
        stale = 0
        for name, draw in (("report.svg", report), ("impact.svg", impact)):
            text = draw(program, folder)
            if options != ("--check",):
                (DOCS / name).write_text(text, encoding="utf-8")
            elif (DOCS / name).read_text(encoding="utf-8") != text:
                print(f"docs/{name} is not what clm-doctor prints: run python3 docs/pictures.py {sys.argv[1]}, and look at it")
                stale = 1
    return stale


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

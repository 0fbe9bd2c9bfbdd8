"""Compares the project's Dockerfile parser with BuildKit's own, instruction by instruction.

The judge is the PyPI package `dockerfile`, which wraps the parser of BuildKit 0.12.5. Where today's BuildKit reads a
file differently, `newer_rules.py` says so; every other difference is a failure.

    compare.py DUMP [--count N] [--seed S] [--keep FOLDER]
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import dockerfile

import cases
import generator
import newer_rules

FIELDS = ("cmd", "sub_cmd", "json", "original", "start_line", "end_line", "flags", "value", "heredocs")
INSTRUCTIONS = set(dockerfile.all_cmds())
# What Go's strings.TrimSpace removes.
SPACE = "\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"


def judge(text):
    """What BuildKit's parser makes of a text: its instructions, or its error."""
    try:
        commands = dockerfile.parse_string(text)
    except dockerfile.GoParseError as error:
        return None, str(error)
    result = []
    for command in commands:
        original = command.original or ""
        if command.heredocs:
            # The wrapper adds the bodies and delimiters, each with a newline.
            tail = "\n" + "".join(h.content + h.name + "\n" for h in command.heredocs)
            assert original.endswith(tail)
            original = original[: -len(tail)]
        result.append(
            {
                "cmd": command.cmd or "",
                "sub_cmd": command.sub_cmd or None,
                "json": command.json,
                "original": original.strip(SPACE),
                "start_line": command.start_line,
                "end_line": command.end_line,
                "flags": list(command.flags),
                "value": list(command.value),
                "heredocs": [
                    {"name": h.name, "file_descriptor": h.file_descriptor, "content": h.content}
                    for h in command.heredocs
                ],
            }
        )
    return result, None


def difference(ours, theirs, error):
    """The first difference as text; None where there is none."""
    if error is not None:
        # What is wrong is not told of a file in another frontend's language.
        if ours["problems"] or ours["foreign"]:
            return None
        return f"BuildKit refuses it ({error}), we report no problem"
    mine = ours["instructions"]
    for index, (left, right) in enumerate(zip(mine, theirs)):
        # BuildKit's parser drops the arguments of what it does not know, and of an ONBUILD in an ONBUILD.
        word = (right["sub_cmd"] or right["cmd"] or "").lower()
        skipped = {"value", "json"} if word not in INSTRUCTIONS or (right["sub_cmd"] and word == "onbuild") else set()
        if right["sub_cmd"]:
            # The wrapper looks for the heredocs of an ONBUILD in its trigger, where BuildKit does not put them.
            skipped.add("heredocs")
        for field in FIELDS:
            if field not in skipped and (left[field] or None) != (right[field] or None):
                return f"instruction {index + 1}, {field}: ours {left[field]!r}, BuildKit's {right[field]!r}"
    if len(mine) != len(theirs):
        return f"{len(mine)} instructions, BuildKit has {len(theirs)}"
    return None


def main():
    options = argparse.ArgumentParser()
    options.add_argument("dump")
    options.add_argument("--count", type=int, default=4000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--keep", help="a folder for the files that differ")
    options = options.parse_args()

    texts = [(f"case: {name}", text) for name, text in cases.CASES]
    texts += [(f"generated: seed {options.seed}, file {i}", text)
              for i, text in enumerate(generator.files(options.seed, options.count))]
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for index, (_, text) in enumerate(texts):
            path = pathlib.Path(folder, f"{index}.Dockerfile")
            path.write_bytes(text.encode())
            paths.append(str(path))
        output = subprocess.run(
            [options.dump], input="\n".join(paths) + "\n", stdout=subprocess.PIPE, text=True, check=True,
            encoding="utf-8").stdout
    dumps = [json.loads(line) for line in output.split("\n") if line]
    assert len(dumps) == len(texts), f"{len(dumps)} results for {len(texts)} files"

    instructions = refused = failures = unreadable = 0
    explained = {}
    for (name, text), ours in zip(texts, dumps):
        try:
            theirs, error = judge(text)
        except UnicodeDecodeError:
            # BuildKit splits some things at single bytes, also inside a character; the wrapper cannot hand that on.
            unreadable += 1
            continue
        instructions += len(theirs or [])
        refused += error is not None
        found = difference(ours, theirs, error)
        if found is None:
            continue
        rule = next((rule for rule in newer_rules.RULES if rule.applies(text)), None)
        if rule:
            explained[rule.name] = explained.get(rule.name, 0) + 1
            continue
        failures += 1
        if failures <= 20:
            print(f"{name}: {found}\n    {text[:400]!r}")
        if options.keep:
            pathlib.Path(options.keep).mkdir(parents=True, exist_ok=True)
            pathlib.Path(options.keep, f"{failures}.Dockerfile").write_bytes(text.encode())
    print(
        f"parser differential: {len(texts)} files ({len(cases.CASES)} by hand), {instructions} instructions compared, "
        f"{refused} files that BuildKit refuses, {unreadable} that its wrapper cannot hand on, {sum(explained.values())} explained by newer rules "
        f"({', '.join(f'{name} {count}' for name, count in sorted(explained.items())) or 'none'}), "
        f"{failures} differences")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()

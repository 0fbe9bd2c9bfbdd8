#!/usr/bin/env python3
"""Runs hadolint, tally and BuildKit's own checks over the cases of our checks, and prints the tables of docs/comparison.md.

compare.py CLM_DOCTOR [--hadolint PATH] [--tally PATH] [--docker PATH] [--rounds N]

A program that is not given is left out. --docker needs an engine with buildx and no network: base images are stood in for
by empty ones of the same name (`Tests/Support/engine.sh` starts such an engine; on any other they would hide the real ones).
"""

import argparse
import collections
import json
import os
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

CHECKS = Path(__file__).resolve().parents[2] / "checks"
CATEGORIES = ["frontend", "cache", "order", "context"]

# Which rules of another tool speak of the defect that a check of ours is about. A rule that somebody can follow and thereby
# mend the defect counts, also where it was made for something else; one that is about style or safety does not.
MOUNTS = ["tally/prefer-package-cache-mounts", "tally/ruby/prefer-bundler-cache-mount"]
NAMES = {
    "apt-sharing": MOUNTS,
    "always-changing-run": ["tally/prefer-add-git"],
    "cache-mount-dead-target": MOUNTS,
    "cache-mount-env-mismatch": MOUNTS,
    "cache-mount-missing": MOUNTS,
    "cache-secret": [
        "tally/require-secret-mounts", "tally/secrets-in-code", "buildkit/SecretsUsedInArgOrEnv", "DL3064",
        "SecretsUsedInArgOrEnv",
    ],
    "chown-chmod-layer": ["tally/prefer-copy-chmod"],
    "context-outside": ["buildkit/CopyIgnoredFile", "CopyIgnoredFile"],
    "dockerignore-over": ["buildkit/CopyIgnoredFile", "CopyIgnoredFile"],
    "from-floating": ["DL3006", "DL3007", "hadolint/DL3006", "hadolint/DL3007"],
    "mount-syntax": ["DL1000", "refused"],
    "parse-error": ["DL1000", "DL3023", "DL3043", "DL3061", "refused"],
    "syntax-dead": ["tally/syntax-directive-typo"],
    "syntax-too-old": ["refused"],
}

# Rules of hadolint that ask for a cache to be emptied or switched off, and where that cache is.
EMPTYING = {
    "DL3009": ["/var/lib/apt"], "DL3019": ["/etc/apk/cache", "/var/cache/apk"], "DL3032": ["/var/cache/yum", "/var/cache/dnf"],
    "DL3036": ["/var/cache/zypp"], "DL3040": ["/var/cache/dnf", "/var/cache/libdnf5", "/var/cache/yum"],
    "DL3042": [".cache/pip", "/pip"], "DL3060": [".cache/yarn", "/yarn"],
}


def cases():
    for folder in sorted(CHECKS.iterdir()):
        description = folder / "check.json"
        if not description.exists() or json.loads(description.read_text())["category"] not in CATEGORIES:
            continue
        # About our own comments, and about one project's former images: no other tool could name these.
        if folder.name.startswith("ignore-") or folder.name == "legacy-base-image":
            continue
        for case in sorted((folder / "cases").iterdir()):
            if not (case / "host").exists():
                yield folder.name, case


def lay_out(case, scratch):
    """The case as its project is: `dot-git` is `.git`, files have mode 644 or what `expected` says, which is not told."""
    root = Path(scratch) / "case"
    shutil.copytree(case, root, symlinks=True, ignore=shutil.ignore_patterns("expected"), copy_function=shutil.copyfile)
    expected = case / "expected"
    for mode, path in re.findall(r"^# mode: (\d+) (.+)$", expected.read_text() if expected.exists() else "", re.M):
        (root / path).chmod(int(mode, 8))
    for folder in [*root.rglob("dot-git")]:
        folder.rename(folder.with_name(".git"))
    return root


def run(command, folder):
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace")


def builds(doctor, root):
    """(Dockerfile, context) of each build; tools that read one Dockerfile get the context that it really has."""
    answer = json.loads(run([doctor, "builds", "--no-host", "--format", "json"], root).stdout or "{}")
    pairs = {(build["dockerfile"], build["context"] or ".") for build in answer.get("builds", [])}
    return sorted(pair for pair in pairs if (root / pair[1]).is_dir())


def ours(doctor, root, check):
    answer = json.loads(run([doctor, "--no-host", "--only", check, "--format", "json"], root).stdout or "{}")
    return [(finding["file"], finding["check"]) for finding in answer.get("findings", [])]


def of_hadolint(program, root, dockerfile, _context):
    result = run([program, "--no-fail", "--format", "json", dockerfile], root)
    return [(item["line"], item["code"]) for item in json.loads(result.stdout or "[]")]


def of_tally(program, root, dockerfile, context):
    command = [program, "lint", "--no-config", "--slow-checks", "off", "--format", "json", "--context", context, dockerfile]
    result = run(command, root)
    if not result.stdout.startswith("{"):
        return [(0, "refused")]
    found = [item for file in json.loads(result.stdout)["files"] for item in file["violations"]]
    return [(item["location"]["start"]["line"], item["rule"]) for item in found]


def of_buildkit(program, root, dockerfile, context):
    stand_in(program, (root / dockerfile).read_text(errors="replace"))
    result = run([
        program, "buildx", "build", "--call=check,format=json",
        # `CopyIgnoredFile` is not among its defaults.
        "--build-arg", "BUILDKIT_DOCKERFILE_CHECK=experimental=all", "--file", dockerfile, context,
    ], root)
    if "failed to resolve source metadata" in result.stderr or "failed to do request" in result.stderr:
        return None
    start = result.stdout.find("{")
    answer = json.loads(result.stdout[start:]) if start >= 0 else {}
    if result.returncode and not answer.get("warnings"):
        return [(0, "refused")]
    return [(0, item["ruleName"]) for item in answer.get("warnings") or []]


STOOD_IN = set()


def stand_in(program, text):
    for reference in re.findall(r"(?im)^\s*FROM\s+(?:--\S+\s+)?([\w./:-]+)", text):
        if reference not in STOOD_IN and reference != "scratch":
            STOOD_IN.add(reference)
            run(["sh", "-c", f"tar -c --files-from /dev/null | {program} import - {reference}"], "/")


def empties_a_mount(text, line, rule):
    """Whether the instruction that a rule speaks of keeps that very cache on a mount."""
    if rule not in EMPTYING or line < 1:
        return False
    lines = text.splitlines()
    end = line
    while end < len(lines) and lines[end - 1].rstrip().endswith("\\"):
        end += 1
    mounts = re.findall(r"--mount=\S*type=cache\S*", " ".join(lines[line - 1 : end]))
    return any(place in mount for mount in mounts for place in EMPTYING[rule])


def judge(doctor, tools, check, case):
    """(ours, {tool: (named, reported on caches that are on mounts, all reports)}) for one case."""
    with tempfile.TemporaryDirectory() as scratch:
        root = lay_out(case, scratch)
        answer = {}
        pairs = builds(doctor, root)
        for tool, (program, ask) in tools.items():
            # BuildKit takes a second for each, and has no rule for the others.
            if tool == "docker" and check not in NAMES:
                answer[tool] = None
                continue
            reports, wrong = [], 0
            judged = bool(pairs)
            for dockerfile, context in pairs:
                found = ask(program, root, dockerfile, context)
                judged = judged and found is not None
                text = (root / dockerfile).read_text(errors="replace")
                reports += [rule for _, rule in found or []]
                wrong += sum(empties_a_mount(text, line, rule) for line, rule in found or [])
            named = any(rule in NAMES.get(check, []) for rule in reports)
            answer[tool] = (named, wrong, len(reports), judged)
        return bool(ours(doctor, root, check)), answer


def speed(doctor, tools, rounds):
    """Milliseconds of processor time and of waiting for one ordinary Dockerfile: the least of some rounds."""
    rows = {}
    with tempfile.TemporaryDirectory() as root:
        Path(root, "Dockerfile").write_text(
            "FROM python:3.13-slim\nWORKDIR /app\nCOPY requirements.txt .\n"
            "RUN --mount=type=cache,target=/root/.cache/pip pip install -r requirements.txt\nCOPY . .\n"
            'CMD ["python", "app.py"]\n')
        for name in ["requirements.txt", "app.py"]:
            Path(root, name).write_text("flask\n")
        commands = {"clm-doctor": [doctor, "--no-host", "Dockerfile"]}
        if "hadolint" in tools:
            commands["hadolint"] = [tools["hadolint"][0], "Dockerfile"]
        if "tally" in tools:
            commands["tally"] = [tools["tally"][0], "lint", "--slow-checks", "off", "Dockerfile"]
        for name, command in commands.items():
            waited, used = [], []
            for _ in range(rounds):
                before, start = os.times(), time.perf_counter()
                run(command, root)
                waited.append(time.perf_counter() - start)
                after = os.times()
                used.append(after.children_user + after.children_system - before.children_user - before.children_system)
            rows[name] = (statistics.median(used) * 1000, min(waited) * 1000)
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("doctor")
    parser.add_argument("--hadolint")
    parser.add_argument("--tally")
    parser.add_argument("--docker")
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    doctor = str(Path(options.doctor).resolve())
    asks = {"hadolint": of_hadolint, "tally": of_tally, "docker": of_buildkit}
    given = {name: getattr(options, name) for name in asks if getattr(options, name)}
    tools = {name: (str(Path(path).resolve()) if "/" in path else path, asks[name]) for name, path in given.items()}
    # BuildKit answers one at a time anyway, and its stand-ins are made in order.
    with ThreadPoolExecutor(1 if "docker" in tools else os.cpu_count()) as pool:
        found = [(check, case, pool.submit(judge, doctor, tools, check, case)) for check, case in cases()]
        results = [(check, case.name.startswith("bad-"), future.result()) for check, case, future in found]

    table = collections.defaultdict(lambda: {True: [], False: []})
    for check, is_bad, result in results:
        table[check][is_bad].append(result)
    print("| Check | Bad cases | clm-doctor | " + " | ".join(tools) + " | Good cases | clm-doctor | " + " | ".join(tools) + " |")
    print("|---" * (4 + 2 * len(tools) + 1 - (0 if tools else 1)) + "|")
    totals = collections.Counter()
    for check, kinds in sorted(table.items()):
        row = [f"`{check}`"]
        for is_bad in [True, False]:
            row += [len(kinds[is_bad]), sum(result[0] for result in kinds[is_bad])]
            totals[is_bad, "cases"] += len(kinds[is_bad])
            totals[is_bad, "ours"] += sum(result[0] for result in kinds[is_bad])
            for tool in tools:
                named = sum(result[1][tool][0] for result in kinds[is_bad] if result[1][tool])
                row.append(named if check in NAMES else "–")
                totals[is_bad, tool] += named
        print("| " + " | ".join(str(cell) for cell in row) + " |")
    row = ["**all**"]
    for is_bad in [True, False]:
        row += [totals[is_bad, "cases"], totals[is_bad, "ours"], *(totals[is_bad, tool] for tool in tools)]
    print("| " + " | ".join(str(cell) for cell in row) + " |\n")
    for tool in tools:
        asked = [result[1][tool] for _, _, result in results if result[1][tool]]
        print(f"{tool}: {sum(answer[2] for answer in asked)} reports on {len(asked)} cases; "
              f"{sum(answer[1] for answer in asked)} ask to empty or switch off a cache that is on a mount of the same RUN; "
              f"{sum(not answer[3] for answer in asked)} cases could not be given to it")
    print()
    for name, (used, waited) in speed(doctor, tools, options.rounds).items():
        print(f"{name}: {used:.0f} ms of processor time (median), {waited:.0f} ms from start to end (least of {options.rounds})")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Measures `clm-doctor impact` against git on a repository with many files: ratios of medians in the same run.

impact.py CLM_DOCTOR [--files N] [--dockerfiles N]
Exits 1 when a bar is missed.
"""

import argparse
import contextlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time


def dockerfile(number):
    return f"""FROM python:3.12-slim AS deps
WORKDIR /app
COPY service{number}/requirements.txt .
RUN --mount=type=cache,target=/root/.cache/pip pip install -r requirements.txt
FROM deps AS build
ARG VERSION={number}
COPY service{number}/src ./src
RUN python -m compileall src
FROM python:3.12-slim
COPY --from=build /app /app
USER 1000
CMD ["python", "-m", "app"]
"""


def make(folder, files, services, dockerfiles):
    """A repository of two commits; the second changes 50 files of 50 services. Services at even distances have a Dockerfile."""
    per_service = files // services
    stream = []

    def commit(mark, entries):
        stream.append(f"commit refs/heads/main\nmark :{mark}\ncommitter t <t@t> {mark} +0000\ndata 1\nx\n")
        if mark > 1:
            stream.append(f"from :{mark - 1}\n")
        for path, text in entries:
            stream.append(f"M 100644 inline {path}\ndata {len(text)}\n{text}\n")

    entries = [(".dockerignore", ".git\n**/*.md\n")]
    for service in range(services):
        if service % (services // dockerfiles) == 0:
            entries.append((f"service{service}/Dockerfile", dockerfile(service)))
        entries.append((f"service{service}/requirements.txt", "flask\n"))
        entries += [(f"service{service}/src/p{n % 10}/m{n}.py", f"x = {n}\n") for n in range(per_service - 2)]
    commit(1, entries)
    commit(2, [(f"service{n}/src/p1/m1.py", "x = 'changed'\n") for n in range(50)])
    subprocess.run(["git", "init", "-q", "-b", "main", folder], check=True)
    subprocess.run(["git", "-C", folder, "fast-import", "--quiet"], input="".join(stream).encode(), check=True)
    subprocess.run(["git", "-C", folder, "reset", "-q", "--hard"], check=True)
    subprocess.run(["git", "-C", folder, "gc", "-q"], check=True)


def measure(command, folder):
    """Returns (wall seconds, peak resident bytes)."""
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{' '.join(command)} failed: {process.stderr.read().decode()}")
    return wall, usage.ru_maxrss * 1024


def medians(commands, rounds):
    """Runs the commands, each in its folder, in turn, so that a change of the machine's pace meets all of them."""
    runs = [[] for _ in commands]
    for round_number in range(rounds + 1):
        for index, (command, folder) in enumerate(commands):
            result = measure(command, folder)
            if round_number > 0:
                runs[index].append(result)
    return [(statistics.median(r[0] for r in rows), max(r[1] for r in rows)) for rows in runs]


def git_runs(command, folder):
    """How often a command runs git: counted by a program of that name that comes first on the search path."""
    with tempfile.TemporaryDirectory(prefix="clm-doctor-git-") as wrapper:
        path = os.path.join(wrapper, "git")
        with open(path, "w") as file:
            file.write(f'#!/bin/sh\necho >>{wrapper}/runs\nexec {shutil.which("git")} "$@"\n')
        os.chmod(path, 0o755)
        environment = os.environ | {"PATH": f"{wrapper}:{os.environ['PATH']}"}
        subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, check=True, env=environment)
        with open(os.path.join(wrapper, "runs")) as file:
            return len(file.readlines())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("doctor")
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--dockerfiles", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=11)
    options = parser.parse_args()
    doctor = os.path.abspath(options.doctor)
    missed = []

    def row(what, ours, bar, met):
        if not met:
            missed.append(what)
        print(f"{what:<52} {ours:<40} {bar:<38} {'met' if met else 'MISSED'}", flush=True)

    impact = [doctor, "impact", "--format", "json", "--no-host", "--base", "HEAD~1"]
    commits = impact + ["--head", "HEAD"]
    with contextlib.ExitStack() as folders:
        def repository(dockerfiles):
            folder = folders.enter_context(tempfile.TemporaryDirectory(prefix="clm-doctor-impact-"))
            make(folder, options.files, options.dockerfiles, dockerfiles)
            return folder

        many, few, one = (repository(count) for count in (options.dockerfiles, max(1, options.dockerfiles // 10), 1))
        runs, runs_of_few = ([git_runs(command, folder) for command in (commits, impact)] for folder in (many, few))
        all_commits, few_commits, one_commits, diff, listing, tree, status = medians(
            [
                (commits, many),
                (commits, few),
                (commits, one),
                (["git", "diff", "--raw", "-z", "HEAD~1", "HEAD"], many),
                (["git", "ls-tree", "-r", "-z", "--name-only", "HEAD"], many),
                (impact, many),
                (["git", "status", "--porcelain=v2", "-z"], many),
            ], options.rounds)

    bar = 2 * (diff[0] + listing[0]) + 0.020
    row(f"two commits, {options.dockerfiles} Dockerfiles: wall",
        f"{all_commits[0] * 1e3:.0f} ms (git {diff[0] * 1e3:.0f} + {listing[0] * 1e3:.0f} ms)",
        f"2 x git + 20 ms = {bar * 1e3:.0f} ms", all_commits[0] <= bar)
    row("two commits: peak memory", f"{all_commits[1] / 1e6:.0f} MB", "under 100 MB", all_commits[1] < 100e6)
    row("work tree: wall", f"{tree[0] * 1e3:.0f} ms (git status {status[0] * 1e3:.0f} ms)",
        f"1.5 x git status = {1.5 * status[0] * 1e3:.0f} ms", tree[0] <= 1.5 * status[0])
    growth = (all_commits[0] - one_commits[0]) / max(few_commits[0] - one_commits[0], 1e-4)
    row("ten times the Dockerfiles: extra time", f"{growth:.1f} x", "at most 10 x", growth <= 10)
    row("git is run, whatever the number of builds", f"{runs[0]} times, {runs[1]} for the work tree",
        f"as for a tenth of them ({runs_of_few[0]}, {runs_of_few[1]})", runs == runs_of_few)
    print(f"\n{len(missed)} bars missed: {', '.join(missed)}" if missed else "\nEvery bar is met.")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()

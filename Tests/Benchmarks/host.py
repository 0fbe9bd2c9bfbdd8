#!/usr/bin/env python3
"""Measures what the questions to the Docker host cost: ratios of medians in the same run.

host.py CLM_DOCTOR [--rounds N]

Needs an engine that answers (`eval "$(Tests/Support/engine.sh start bench)"` starts one). Exits 1 when a bar is missed.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

JSON = ["--format", "{{json .}}"]
QUESTIONS = {
    "docker version": ["docker", "version", *JSON],
    "docker info": ["docker", "info", *JSON],
    "docker system df": ["docker", "system", "df", "--verbose", *JSON],
    "docker context inspect": ["docker", "context", "inspect"],
    "docker buildx ls": ["docker", "buildx", "ls", "--format", "json"],
}


# As users have it, `docker` is no script: one may set DOCKER_HOST, so that the program has to ask one question more.
STARTER = '#include <unistd.h>\nint main(int c, char **v) { return execv("%s", v); }\n'


def without_script(folder):
    """Puts a program in front of a `docker` that is a script, as that of Tests/Support/engine.sh is."""
    docker = shutil.which("docker")
    with open(docker, "rb") as file:
        if file.read(2) != b"#!":
            return
    Path(folder, "bin").mkdir()
    if subprocess.run(["cc", "-x", "c", "-o", f"{folder}/bin/docker", "-"], input=(STARTER % docker).encode()).returncode == 0:
        os.environ["PATH"] = f"{folder}/bin:{os.environ['PATH']}"


def seconds(*commands, folder):
    start = time.perf_counter()
    for command in commands:
        subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("doctor", type=lambda path: str(Path(path).resolve()))
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    if subprocess.run(QUESTIONS["docker version"], capture_output=True).returncode != 0:
        print("host: no engine answers, nothing is measured")
        return 0
    check = [options.doctor, "check", "--fail-on", "never", "--host-timeout", "60"]
    runs = {name: [command] for name, command in QUESTIONS.items()}
    runs["df, info, version one after another"] = [
        QUESTIONS[name] for name in ["docker system df", "docker info", "docker version"]
    ]
    runs["check --only host"] = [[*check, "--only", "host"]]
    runs["check --only host --no-host"] = [[*check, "--only", "host", "--no-host"]]
    runs["check --no-host"] = [[*check, "--no-host"]]
    runs["check"] = [check]
    with tempfile.TemporaryDirectory() as folder:
        without_script(folder)
        for number in range(200):
            place = Path(folder, f"repository/service{number}")
            place.mkdir(parents=True)
            (place / "Dockerfile").write_text("FROM python:3.12\nCOPY . .\nRUN pip install -r requirements.txt\n")
            (place / "requirements.txt").write_text("six\n")
        # What the questions cost is not to be hidden behind the repository.
        small = Path(folder, "small")
        small.mkdir()
        (small / "Dockerfile").write_text("FROM scratch\n")
        times = {name: [] for name in runs}
        for _ in range(options.rounds):
            for name, commands in runs.items():
                place = Path(folder, "repository") if name in ["check", "check --no-host"] else small
                times[name].append(seconds(*commands, folder=place))
    medians = {name: statistics.median(values) for name, values in times.items()}
    for name, value in medians.items():
        print(f"host: {name:36} {value * 1000:7.0f} ms")
    slowest = max(medians[name] for name in QUESTIONS)
    # The single questions are without what the program itself takes, and so are all together.
    questions = medians["check --only host"] - medians["check --only host --no-host"]
    print(f"host: {'all questions':36} {questions * 1000:7.0f} ms")
    bars = [
        ("all questions / the slowest of them", questions / slowest, 1.3),
        (
            "all questions / df, info, version one after another",
            questions / medians["df, info, version one after another"],
            1.0,
        ),
        (
            "check / (1.5 x check --no-host + the engine's answers)",
            medians["check"] / (1.5 * medians["check --no-host"] + slowest),
            1.0,
        ),
    ]
    for name, ratio, bar in bars:
        print(f"host: {name}: {ratio:.2f} (bar {bar}){'' if ratio <= bar else '  MISSED'}")
    return int(any(ratio > bar for _, ratio, bar in bars))


sys.exit(main())

#!/usr/bin/env python3
"""Measures what reading records of builds costs.

records.py CLM_DOCTOR [--rounds N]
Exits 1 when a bar is missed. Where an engine answers, `timings` of one build is held against what docker takes for its log.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import medians

FIXTURE = Path(__file__).resolve().parent.parent / "BuildRecordsTests/Fixtures/imported.dockerbuild"
MEGABYTES = 50


def write_log(path):
    """A plain log of 40 steps that print lines as package managers do; two at a time, as BuildKit prints them."""
    steps = 40
    lines = MEGABYTES * 1_000_000 // steps // 60
    with open(path, "w", encoding="utf-8") as file:
        file.write('#0 building with "default" instance using docker driver\n\n')
        for step in range(0, steps, 2):
            for vertex in (step, step + 1):
                file.write(f"#{vertex + 1} [build {vertex + 1}/{steps}] RUN install --all packages of step {vertex}\n")
            for line in range(lines):
                # They take turns.
                if line % 500 == 0:
                    file.write(f"\n#{step + 1} [build {step + 1}/{steps}] RUN install --all packages of step {step}\n")
                file.write(f"#{step + 1} {line / 100:.3f} Get:{line} http://deb.debian.org bookworm/main amd64 package\n")
                if line % 500 == 499:
                    file.write(f"#{step + 1} ...\n\n#{step + 2} [build {step + 2}/{steps}] RUN install --all packages of step {step + 1}\n")
                    file.writelines(f"#{step + 2} {line / 100:.3f} Unpacking package-{line}-{n} (1.0-{n}) ...\n" for n in range(500))
                    file.write(f"#{step + 2} ...\n")
            for vertex in (step, step + 1):
                file.write(f"\n#{vertex + 1} [build {vertex + 1}/{steps}] RUN install --all packages of step {vertex}\n")
                file.write(f"#{vertex + 1} DONE {lines / 100:.1f}s\n")


def record_of_an_engine(folder):
    """Builds on the engine that answers.

    Returns (the build's id, its exported record); None where there is no engine with a history.
    """
    if shutil.which("docker") is None:
        return None
    context = Path(folder, "context")
    context.mkdir()
    (context / "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /a\nCOPY Dockerfile /b\n")
    metadata, record = Path(folder, "metadata.json"), Path(folder, "build.dockerbuild")
    build = ["docker", "buildx", "build", "--metadata-file", metadata, context]
    if subprocess.run(build, capture_output=True).returncode != 0 or not metadata.exists():
        return None
    reference = json.loads(metadata.read_text())["buildx.build.ref"].split("/")[-1]
    export = ["docker", "buildx", "history", "export", "--output", record, reference]
    return (reference, record) if subprocess.run(export, capture_output=True).returncode == 0 else None


def seconds(command):
    start = time.perf_counter()
    subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("doctor", type=lambda path: str(Path(path).resolve()))
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    missed = []

    def bar(name, value, limit, unit):
        if value > limit:
            missed.append(name)
        print(f"records: {name}: {value:.2f} {unit} (bar {limit}){'' if value <= limit else '  MISSED'}", flush=True)

    timings = [options.doctor, "timings", "--format", "json"]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "build.log")
        write_log(log)
        records = Path(folder, "records")
        records.mkdir()
        for number in range(200):
            shutil.copy(FIXTURE, records / f"{number}.dockerbuild")
        (wall, _, peak), (many, _, _) = medians([[*timings, str(log)], [*timings, str(records)]], options.rounds)
        bar(f"plain log of {log.stat().st_size / 1e6:.0f} MB", wall, 1.0, "s")
        bar("its memory", peak / 1e6, 100, "MB")
        bar("200 .dockerbuild", many, 1.5, "s")
        told = record_of_an_engine(folder)
        if told:
            logs = ["docker", "buildx", "history", "logs", told[0]]
            runs = [(seconds([*timings, str(told[1])]), seconds(logs)) for _ in range(options.rounds)]
            ours, theirs = (statistics.median(run[side] for run in runs) for side in (0, 1))
            bar("timings of one record / docker buildx history logs of it", ours / theirs, 1.3, "x")
    return int(bool(missed))


sys.exit(main())

#!/usr/bin/env python3
"""Measures clm-doctor against hadolint on the same files in the same run: ratios of medians, never bare times.

bench.py CLM_DOCTOR HADOLINT [--seed N] [--keep FOLDER]
Exits 1 when a bar is missed.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import corpus


def measure(command):
    """Runs a command.

    Returns (wall seconds, CPU seconds of it and its children, peak resident bytes).
    """
    start = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1, 4):
        sys.exit(f"{' '.join(command[:3])} … ended with status {process.returncode}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def medians(commands, rounds, warm_up=True):
    """Runs the commands in turn, so that a change of the machine's pace meets all of them.

    Returns for each command the medians of wall and CPU time, and the largest peak.
    """
    runs = [[] for _ in commands]
    for command in commands if warm_up else []:
        measure(command)
    for _ in range(rounds):
        for index, command in enumerate(commands):
            runs[index].append(measure(command))
    return [(statistics.median(r[0] for r in rows), statistics.median(r[1] for r in rows), max(r[2] for r in rows))
            for rows in runs]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("doctor")
    parser.add_argument("hadolint")
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--rounds", type=int, default=3, help="runs over the 1,000 Dockerfiles (minutes each, hadolint's)")
    parser.add_argument("--keep", help="write the corpus to this folder and keep it")
    options = parser.parse_args()

    root = options.keep or tempfile.mkdtemp(prefix="clm-doctor-bench-")
    try:
        sets = corpus.generate(root, options.seed)
        missed = run(options, sets)
    finally:
        if not options.keep:
            shutil.rmtree(root)
    print(f"\n{len(missed)} bars missed: {', '.join(missed)}" if missed else "\nEvery bar is met.")
    sys.exit(1 if missed else 0)


def run(options, sets):
    def doctor(name):
        return [options.doctor, "check", "--no-host", "--format", "json", str(sets[name][0])]

    def hadolint(name):
        return [options.hadolint, "--no-fail", *map(str, sets[name][1])]

    missed = []

    def row(what, ours, theirs, ratio, bar, met):
        if not met:
            missed.append(what)
        print(f"{what:<44} {ours:>14} {theirs:>14} {ratio:>9}   {bar:<26} {'met' if met else 'MISSED'}", flush=True)

    print(f"{'measured':<44} {'clm-doctor':>14} {'hadolint':>14} {'ratio':>9}   bar")

    ours, theirs = medians([doctor("small"), hadolint("small")], rounds=41)
    ratio = ours[0] / theirs[0]
    row("one small Dockerfile, wall", f"{ours[0] * 1e3:.1f} ms", f"{theirs[0] * 1e3:.1f} ms", f"{ratio:.2f}",
        "no more than hadolint's", ratio <= 1)

    ours, theirs = medians([doctor("many"), hadolint("many")], options.rounds, warm_up=False)
    ratio = theirs[1] / ours[1]
    row("1,000 Dockerfiles, CPU", f"{ours[1]:.3f} s", f"{theirs[1]:.2f} s", f"{ratio:.0f} x", "at least 100 x less", ratio >= 100)
    row("1,000 Dockerfiles, peak memory", f"{ours[2] / 1e6:.1f} MB", f"{theirs[2] / 1e6:.0f} MB", f"{theirs[2] / ours[2]:.1f} x",
        "under 60 MB", ours[2] < 60e6)

    start, short, long = medians([doctor("small"), doctor("lines-1500"), doctor("lines-50000")], rounds=9)
    per_line = [(short[1] - start[1]) / 1500, (long[1] - start[1]) / 50000]
    growth = per_line[1] / max(per_line[0], 1e-9)
    row("50,000 lines against 1,500: CPU per line", f"{per_line[1] * 1e6:.2f} us", f"{per_line[0] * 1e6:.2f} us (own)",
        f"{growth:.2f}", "grows linearly: <= 1.5", growth <= 1.5)
    print(f"{'1,500 lines: wall, CPU':<44} {short[0] * 1e3:.1f} ms, {short[1] * 1e3:.1f} ms")
    print(f"{'50,000 lines: wall, CPU, peak':<44} {long[0] * 1e3:.0f} ms, {long[1] * 1e3:.0f} ms, {long[2] / 1e6:.0f} MB")
    return missed


if __name__ == "__main__":
    main()

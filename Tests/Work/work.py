"""Counts the program's work on inputs that are doubled three times. work.py PROGRAM [--bars] [PART OF A SHAPE'S NAME...]

Work is counted and not timed: valgrind's dispatcher counts the blocks of code that are entered, in the program and in
the libraries under it; that is the same in every run. Where input is twice as large, work may be 2.5 times as much.
What an empty repository takes is left out of account. Where a budget or a limit ends the work, it stops growing.

With --bars nothing is counted: processor time and memory are measured on inputs of about a megabyte, and printed beside
what the program promises. That is a benchmark and fails for nothing but a crash.
"""

import concurrent.futures
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import shapes

MOST = 2.5
DOUBLINGS = 3
SECONDS = 100  # of processor time for one count: some thousand times what the first sizes take
GIT = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false", "-c", "core.autocrlf=false"]


def write(folder, files):
    for path, text in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)


def lay_out(repository, folder, commits_both):
    tree = folder / "tree"
    tree.mkdir()
    if repository.committed is not None:
        subprocess.run([*GIT, "init", "-q", tree], check=True)
        for files in [repository.committed, *repository.later] + ([repository.files] if commits_both else []):
            write(tree, files)
            subprocess.run([*GIT, "-C", tree, "add", "-A"], check=True)
            subprocess.run([*GIT, "-C", tree, "commit", "-q", "--allow-empty", "-m", "x"], check=True)
    write(tree, repository.files)
    if repository.docker:
        (folder / "bin").mkdir()
        cases = ""
        for number, (arguments, answer) in enumerate(repository.docker.items()):
            (folder / "bin" / f"answer{number}").write_text(answer)
            cases += f"  '{arguments} '*) exec cat '{folder}/bin/answer{number}' ;;\n"
        docker = folder / "bin" / "docker"
        docker.write_text(f'#!/bin/sh\ncase "$* " in\n{cases}esac\necho "unknown: $*" >&2; exit 1\n')
        docker.chmod(0o755)
    return tree


def environment(folder):
    return {
        "PATH": f"{folder}/bin:/usr/bin:/bin",
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        # The order of sets and dictionaries is part of the work.
        "SWIFT_DETERMINISTIC_HASHING": "1",
        "CLM_DOCTOR_MAX_CPU_SECONDS": "1000000",
        "CLM_DOCTOR_MAX_MEMORY_MB": "8000",
    }


def limited():
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class Stopped(Exception):
    pass


def work(program, shape, size):
    """Blocks entered while the program examines the shape."""
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        command = shape.command if shape else shapes.CHECK
        tree = lay_out(shape.make(size) if shape else shapes.Repository({}), folder, "--head" in command)
        log = folder / "valgrind"
        run = subprocess.run(
            ["valgrind", "--tool=none", "--vex-guest-chase=no", "--stats=yes", f"--log-file={log}", program, *command],
            cwd=tree, env=environment(folder), stdin=subprocess.DEVNULL, capture_output=True, preexec_fn=limited,
        )
        if run.returncode not in (0, 1, 3, 4):
            why = run.stderr.decode(errors="replace").strip().split("\n")[-1][:200]
            raise Stopped(f"ended with {run.returncode} {why}")
        return int(re.search(r"([\d,]+) event checks", log.read_text()).group(1).replace(",", ""))


def growth(program, shape, base):
    """The work at each size, and the worst ratio; None where it was stopped."""
    counts = []
    for doubling in range(DOUBLINGS + 1):
        try:
            counts.append(work(program, shape, shape.start << doubling) - base[shape.command[0] in ("impact", "replay")])
        except Stopped as stopped:
            return counts, None, str(stopped)
    return counts, max(after / max(before, 1) for before, after in zip(counts, counts[1:])), ""


def count_all(program, wanted):
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        base = {False: work(program, None, 0), True: work(program, shapes.Shape(lambda n: shapes.changed("FROM a\n", "FROM a\n"), 0, shapes.IMPACT), 0)}
        results = {shape.name: pool.submit(growth, program, shape, base) for shape in wanted}
        print(f"{'shape':42} {'n':>6} {'work':>12} {'2n':>12} {'4n':>12} {'8n':>12}  worst ratio")
        failed = []
        for shape in wanted:
            counts, ratio, why = results[shape.name].result()
            columns = " ".join(f"{count:12,}" for count in counts) + " " * (13 * (DOUBLINGS + 1 - len(counts)))
            bad = ratio is None or ratio > MOST
            verdict = f"{ratio:.2f}" if ratio is not None else why
            print(f"{shape.name:42} {shape.start:6} {columns}  {verdict}{'  FAIL' if bad else ''}", flush=True)
            if bad:
                failed.append(shape.name)
    print(f"{len(wanted)} shapes, {len(failed)} grow faster than their input" + "".join(f"\n  FAIL {name}" for name in failed))
    return bool(failed)


def input_bytes(repository):
    """What there is to read: texts, and the names of files."""
    return sum(len(path) + len(text) for path, text in repository.files.items())


def megabyte(shape):
    """A size at which the shape's files hold about a megabyte, or what they hold at 4096 times the first size."""
    size = shape.start
    while size < shape.start * 4096 and input_bytes(shape.make(size * 2)) <= 1 << 20:
        size *= 2
    return size


def measure_all(program, wanted):
    print(f"{'shape':42} {'n':>8} {'kB':>6} {'CPU s':>7} {'MB':>6}  bars: 5 s and 300 MB for each MB of input, 20 s and 1500 MB in all")
    crashed = False
    # The smaller size too: at the larger one, a limit may have ended the work before it began.
    for shape, part in [(shape, part) for shape in wanted for part in (16, 1)]:
        size = max(1, megabyte(shape) // part)
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            made = shape.make(size)
            tree = lay_out(made, folder, "--head" in shape.command)
            kilobytes = input_bytes(made) >> 10
            del made
            with open(folder / "out", "w") as out:
                run = subprocess.Popen(
                    [program, *shape.command], cwd=tree, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                    env={**environment(folder), "CLM_DOCTOR_MAX_CPU_SECONDS": "", "CLM_DOCTOR_MAX_MEMORY_MB": ""},
                )
                peak = 0
                while run.poll() is None:
                    try:
                        status = Path(f"/proc/{run.pid}/status").read_text()
                        peak = max(peak, int(re.search(r"VmHWM:\s+(\d+)", status).group(1)) >> 10)
                        ticks = Path(f"/proc/{run.pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
                        seconds = sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
                    except (OSError, AttributeError):
                        pass
                    time.sleep(0.005)
            over = seconds > min(20, 5 * max(kilobytes, 1024) / 1024) or peak > min(1500, 300 * max(kilobytes, 1024) / 1024)
            crash = run.returncode not in (0, 1, 3, 4, 5)
            crashed = crashed or crash
            end = f"  ended with {run.returncode}" if run.returncode > 4 or run.returncode < 0 else ""
            print(f"{shape.name:42} {size:8} {kilobytes:6} {seconds:7.2f} {peak:6}{'  OVER' if over else ''}{end}", flush=True)
    return crashed


def main():
    program, *words = sys.argv[1:]
    program = os.path.abspath(program)
    parts = [word for word in words if not word.startswith("--")]
    wanted = [shape for shape in shapes.SHAPES if not parts or any(part in shape.name for part in parts)]
    run = measure_all if "--bars" in words else count_all
    sys.exit(run(program, wanted))


if __name__ == "__main__":
    main()

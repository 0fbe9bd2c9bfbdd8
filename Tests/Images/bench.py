"""Reads what a build printed, and writes the report and its plot. bench.sh runs it."""

import csv
import json
import os
import platform
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

UNITS = {"B": 1, "kB": 1000, "MB": 1000**2, "GB": 1000**3}
SCENARIOS = {
    "cold": "cold build",
    "none": "no change",
    "code": "code change",
    "requirements": "one requirement more",
    "base": "base image changed",
}


def apt_bytes(log):
    """What apt says that it fetched, indexes and packages; apt rounds to three digits."""
    found = re.findall(r"Fetched ([0-9.,]+) (B|kB|MB|GB) in", log)
    return round(sum(float(number.replace(",", "")) * UNITS[unit] for number, unit in found))


def pip_bytes(index_log, skip):
    """What the package index on loopback gave out since its log had `skip` lines."""
    return sum(int(line.split()[1]) for line in index_log.splitlines()[skip:])


class Row(NamedTuple):
    """One build: what was predicted for it, whether each step did that, and what it took."""

    service: str
    mounts: str
    scenario: str
    verdict: str
    predicted: int
    agrees: str
    seconds: float
    ran: int
    steps: int
    apt: int
    pip: int
    load: float


def predicted(prediction):
    """Verdict, and how many steps run again; FROM is none of those that a build counts as run."""
    (build,) = json.loads(Path(prediction).read_text(encoding="utf-8"))["builds"]
    steps = [step for step in build["steps"] if step["state"] == "rebuild" and step["kind"] != "base"]
    return build["verdict"], len(steps)


def measured(log, index_log, skip, started, ended, prediction, agrees, service, mounts, scenario):
    """Prints a line of results."""
    text = Path(log).read_text(encoding="utf-8", errors="replace")
    ran, cached = (int(number) for number in re.search(r"(\d+) steps run, (\d+) cached", text).groups())
    verdict, again = predicted(prediction)
    row = Row(
        service,
        mounts,
        scenario,
        verdict,
        again,
        agrees if again == ran else "no",
        round(float(ended) - float(started), 1),
        ran,
        ran + cached,
        apt_bytes(text),
        pip_bytes(Path(index_log).read_text(encoding="utf-8"), int(skip)),
        round(os.getloadavg()[0], 1),
    )
    csv.writer(sys.stdout).writerow(row)


def read(path):
    """Results by service, mounts and scenario."""
    with open(path, encoding="utf-8") as file:
        rows = [
            Row(*text[:4], int(text[4]), text[5], float(text[6]), *map(int, text[7:11]), float(text[11]))
            for text in csv.reader(file)
        ]
    return {(row.service, row.mounts, row.scenario): row for row in rows}


def megabytes(number):
    return "0" if number == 0 else f"{number / 1e6:.2f}" if number < 1e6 else f"{number / 1e6:.1f}"


def agreement(rows):
    """A sentence: whether each step did what was predicted for it."""
    wrong = [f"{row.service}, {SCENARIOS[row.scenario]}, {row.mounts}" for row in rows if row.agrees != "yes"]
    if wrong:
        return f"Where steps did otherwise: {'; '.join(wrong)}."
    return f"In all {len(rows)} builds each step did as predicted."


def report(results, page, plot):
    rows = read(results)
    loads = [row.load for row in rows.values()]
    services = list(dict.fromkeys(service for service, _, _ in rows))
    draw(rows, services, plot)
    lines = [
        "# What the cache mounts save",
        "",
        "Written by `make bench-images` (`Tests/Images/bench.sh`); do not edit.",
        "",
        f"Measured on {datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} processors ({platform.machine()}), each build "
        "once, on a Docker Engine of its own from Debian's packages. “Without” is the same Dockerfile with its "
        "`--mount=type=cache` flags taken out, and comes second. Where other work runs on the machine, times say "
        "little; steps and bytes say the same as ever "
        f"(load average during this run: {min(loads):.0f} to {max(loads):.0f}).",
        "",
        f"![Times and downloads]({Path(plot).name})",
        "",
    ]
    for service in services:
        lines += [
            f"## {service}",
            "",
            "| Scenario | Cache mounts | Predicted | Steps run | Time (s) | apt (MB) | pip and conda (MB) |",
            "|---|---|---|--:|--:|--:|--:|",
        ]
        for scenario, title in SCENARIOS.items():
            for mounts in ("with", "without"):
                row = rows[service, mounts, scenario]
                lines.append(
                    f"| {title} | {mounts} | {row.verdict}, {row.predicted} of {row.steps} | {row.ran} of {row.steps} "
                    f"| {row.seconds:.1f} | {megabytes(row.apt)} | {megabytes(row.pip)} |"
                )
        lines.append("")
    lines += [
        "## How to read this",
        "",
        "- apt's bytes are what it says it fetched, package lists included (rounded by apt to three digits).",
        "- pip's and conda's bytes are counted by a package index on loopback that passes PyPI's answers on, pages "
        "included, with the `Cache-Control` headers that PyPI sends (`Tests/Images/index_proxy.py`). pip keeps pages "
        "for ten minutes, and fetches them again after that.",
        "- Base images are made with debootstrap, and are not counted. Where package mirrors are near and other work "
        "runs on the machine, as here, unpacking takes most of the time and the bytes saved hardly show in it.",
        "- “Predicted” is what `clm-doctor impact` said before the build, from the files alone: its verdict, and the "
        "steps that run again. " + agreement(rows.values()),
        "- A changed base image is one that the Dockerfile names anew. Where its tag is moved instead, the same steps "
        "run again, but no file shows it: `impact` then predicts nothing, and names the tag under `blind`.",
        "",
    ]
    if "notebook-processor" in services:
        lines[-1:] = [
            "- The micromamba of the notebook image is a stand-in that takes the packages of the same names from PyPI "
            "(`Tests/Images/machine.sh`). Its figures say that the mount is used and how much of such packages it "
            "saves, not how fast micromamba is.",
            "",
        ]
    Path(page).write_text("\n".join(lines), encoding="utf-8")
    print(f"wrote {page} and {plot}")


def draw(rows, services, path):
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "clm"
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(len(services), 2, figsize=(10, 3 * len(services)), squeeze=False)
    colors = {"with": "#1b6ca8", "without": "#d98c3f"}
    for line, service in enumerate(services):
        for column, (title, value) in enumerate(
            [
                ("time (s), and what was predicted", lambda row: row.seconds),
                ("downloaded by apt, pip, conda (MB)", lambda row: (row.apt + row.pip) / 1e6),
            ]
        ):
            axis = axes[line][column]
            for offset, mounts in ((-0.2, "with"), (0.2, "without")):
                shown = [rows[service, mounts, scenario] for scenario in SCENARIOS]
                values = [value(row) for row in shown]
                places = [number + offset for number in range(len(SCENARIOS))]
                bars = axis.barh(places, values, height=0.38, color=colors[mounts], label=f"{mounts} cache mounts")
                labels = [f"{number:.1f}" for number in values]
                if column == 0:
                    labels = [f"{label}  {row.verdict}" for label, row in zip(labels, shown, strict=True)]
                axis.bar_label(bars, labels, padding=3, fontsize=8)
            axis.set_yticks(range(len(SCENARIOS)), SCENARIOS.values() if column == 0 else [""] * len(SCENARIOS))
            axis.invert_yaxis()
            axis.margins(x=0.2)
            axis.set_title(f"{service}: {title}", fontsize=10)
            axis.spines[["top", "right"]].set_visible(False)
    handles, labels = axes[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="lower center", ncols=2, frameon=False)
    figure.tight_layout(rect=(0, 0.06 if len(services) == 1 else 0.04, 1, 1))
    figure.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    {"measured": measured, "report": report}[sys.argv[1]](*sys.argv[2:])

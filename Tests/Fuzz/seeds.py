"""Lays the first inputs of the fuzzers out: the files in the cases of the checks, those of the parser differential, and the
shapes of the test of work. seeds.py FOLDER"""

import sys
from pathlib import Path

root = Path(__file__).parents[2]
for folder in ("Tests/Differential", "Tests/Work"):
    sys.path.insert(0, str(root / folder))
import cases
import shapes

TARGETS = {
    "dockerfile": ["Dockerfile*"], "ignore": [".dockerignore", "*.dockerignore"], "compose": ["*compose*.y*ml"],
    "workflow": [".github/workflows/*"], "gitlab": [".gitlab-ci.yml"], "circleci": [".circleci/config.yml"],
    "bake": ["docker-bake.json"], "hcl": ["docker-bake.hcl"], "make": ["Makefile"], "taskfile": ["Taskfile.yml"],
    "justfile": ["justfile"], "package": ["package.json"], "script": ["*.sh"], "configuration": [".clm-doctor.yaml"],
    "custom": ["c.yaml"], "baseline": ["known.json"], "docker": ["host/*.json"], "json": ["host/*.json", "*.json"],
}  # fmt: skip
SAME = {"impact": "dockerfile", "fix": "dockerfile", "run": "script"}
LIMIT = 1 << 16

found = {}


def add(target, content):
    if 0 < len(content) <= LIMIT:
        found.setdefault(target, set()).add(content)


for path in sorted((root / "checks").glob("*/cases/*/**/*")):
    for target, patterns in TARGETS.items():
        if path.is_file() and any(path.match(pattern) for pattern in patterns):
            add(target, path.read_bytes())
for name, text in cases.CASES:
    add("dockerfile", text.encode())
for shape in shapes.SHAPES:
    made = shape.make(4)
    for name, text in made.files.items():
        for target, patterns in TARGETS.items():
            if any(Path(name).match(pattern) for pattern in patterns):
                add(target, text.encode())
    for text in made.docker.values():
        add("docker", text.encode())
for target, source in SAME.items():
    found.setdefault(target, set()).update(found[source])
for target, contents in found.items():
    folder = Path(sys.argv[1]) / target
    folder.mkdir(parents=True, exist_ok=True)
    for number, content in enumerate(sorted(contents)):
        (folder / f"seed-{number}").write_bytes(content)

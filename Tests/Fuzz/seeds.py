"""Lays the first inputs of the fuzzers out: the files in the cases of the checks, those of the parser differential, and the
shapes of the test of work. seeds.py FOLDER"""

import gzip
import sys
import tarfile
from pathlib import Path

root = Path(__file__).parents[2]
for folder in ("Tests/Differential", "Tests/Work"):
    sys.path.insert(0, str(root / folder))
import cases
import shapes

TARGETS = {
    "dockerfile": ["Dockerfile*"], "ignore": [".dockerignore", "*.dockerignore"], "compose": ["*compose*.y*ml"],
    "workflow": [".github/workflows/*"], "gitlab": [".gitlab-ci.yml"], "circleci": [".circleci/config.yml"],
    "azure": ["azure-pipelines.yml"], "bitbucket": ["bitbucket-pipelines.yml"], "drone": [".woodpecker.yml"],
    "woodpecker": [".woodpecker.yml"], "travis": [".gitlab-ci.yml"], "cloudbuild": ["cloudbuild.yaml"],
    "codebuild": [".gitlab-ci.yml"], "buildkite": [".circleci/config.yml"],
    "bake": ["docker-bake.json"], "hcl": ["*.hcl"], "make": ["Makefile"], "taskfile": ["Taskfile.yml"],
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
BUILD_FILES = ["Jenkinsfile", "Tiltfile", "Rakefile", "skaffold.yaml"]
for shape in shapes.SHAPES:
    for number, name in enumerate(BUILD_FILES):
        if text := shape.make(4).files.get(name):
            add("buildfile", bytes([number]) + text.encode())
for shape in shapes.SHAPES:
    if shape.command == shapes.VERIFY:
        log = shape.make(4).files["build.log"].encode()
        add("archive" if "archive" in shape.name else "log", log)
for path in (root / "Tests/BuildRecordsTests/Fixtures").iterdir():
    packed = path.read_bytes()
    for content in (packed, gzip.decompress(packed)):
        add("archive", content)
    with tarfile.open(path) as archive:
        for member in archive.getmembers():
            content = archive.extractfile(member).read() if member.isfile() else b""
            # The first byte names the reader.
            if b"[internal]" in content[:200]:
                add("record", b"\0" + content)
            elif b"buildType" in content or b"SpanContext" in content:
                add("record", (b"\2" if b"SpanContext" in content else b"\1") + content[: LIMIT - 1])
for target, source in SAME.items():
    found.setdefault(target, set()).update(found[source])
for target, contents in found.items():
    folder = Path(sys.argv[1]) / target
    folder.mkdir(parents=True, exist_ok=True)
    for number, content in enumerate(sorted(contents)):
        (folder / f"seed-{number}").write_bytes(content)

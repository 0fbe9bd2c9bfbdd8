"""Judges what clm-doctor prints as JSON by docs/schema.

validate.py CLM_DOCTOR SCHEMA_FOLDER
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

PROJECT = {
    "Dockerfile": "# a comment\n# syntax=docker/dockerfile:1\nFROM debian:12\nRUN --mount=type=cache,tagret=/x pip install x\n",
    "broken/Dockerfile": "FROM debian:12\nRUNN true\n",
    "api/Dockerfile": "FROM python:3.12 AS build\nCOPY . .\nRUN pip install -r requirements.txt\n",
    "api/requirements.txt": "six\n",
    "compose.yaml": "services:\n  api:\n    build: {context: api, target: build, platforms: [linux/amd64]}\n  gone:\n    build: gone\n",
    ".dockerignore": "*.log\n",
    ".clm-doctor.yaml": "checks: {context-huge: off}\n",
    "testdata/Dockerfile": "FROM debian:12\n",
    "binary/Dockerfile": "\0\0\0",
    "build.log": """{"vertexes": [{"digest": "a", "name": "[build 1/2] FROM x", "started": "2026-01-02T03:04:05Z", "completed": "2026-01-02T03:04:05.5Z"}]}
{"vertexes": [{"digest": "b", "name": "[build 2/2] RUN x", "inputs": ["a"], "started": "2026-01-02T03:04:06Z", "completed": "2026-01-02T03:04:09Z"}]}
""",
    "plain.log": "#1 [build 2/2] RUN x\n#1 0.5 hello\n#1 DONE 1.5s\n",
}

# A Docker host, so that every member of what is said of its cache is judged.
DOCKER = r"""#!/bin/sh
case "$*" in
info*) echo '{"ServerVersion": "29.4.0", "OSType": "linux", "ClientInfo": {"Version": "29.4.0", "Plugins": [{"Name": "buildx", "Version": "0.29.1"}]}}';;
system*) cat <<'END'
{"Images": [], "Containers": [], "Volumes": [], "BuildCache": [
 {"ID": "a", "Type": "exec.cachemount", "Description": "cached mount /x from exec /bin/sh -c pip install x with id \"/x\"",
  "InUse": "false", "Shared": "false", "Size": "3.5GB", "LastUsedAt": "2026-01-02 03:04:05.6 +0000 UTC", "UsageCount": "7"},
 {"ID": "b", "Type": "regular", "Description": "mount / from exec", "InUse": "false", "Shared": "true", "Size": "1kB", "UsageCount": "1"}]}
END
;;
"buildx ls"*) echo '{"Name": "default", "Current": true, "Driver": "docker", "Nodes": [{"Name": "default", "Status": "running"}]}';;
"buildx history ls"*) echo '{"cached_steps": 1, "completed_at": "2026-01-02T03:04:07Z", "created_at": "2026-01-02T03:04:05Z", "name": "x", "ref": "default/default/a", "status": "Completed", "total_steps": 2}';;
"buildx history logs"*) echo '{"vertexes": [{"digest": "a", "name": "[2/2] RUN x", "started": "2026-01-02T03:04:05Z", "completed": "2026-01-02T03:04:06Z"}]}' >&2;;
*) echo "no such command: $*" >&2; exit 1;;
esac
"""

# The schema's name, the command, and a list of the output that the sample must fill.
RUNS = [
    ("report", ["check", "--no-host"], ["findings", "exceptions", "notes", "builds"]),
    ("builds", ["builds"], ["builds"]),
    ("context", ["context"], ["builds"]),
    ("checks", ["checks"], ["checks"]),
    ("impact", ["impact"], ["builds"]),
    ("replay", ["replay"], ["builds"]),
    ("cache", ["cache"], ["builders"]),
    ("cache-advice", ["cache", "--advise", "--to", "1GB"], ["advice"]),
    ("cache-gc-config", ["cache", "--gc-config"], ["builders"]),
    ("cache-history", ["cache", "--history"], ["builders"]),
    ("timings", ["timings", "build.log", "plain.log"], ["builds", "steps"]),
    ("why", ["why", "build.log", "--against", "plain.log"], ["misses"]),
    ("timings", ["timings", "--compare", "plain.log", "build.log"], ["builds", "changes"]),
]


# Writes down what it is told and what the program of docs/custom-checks.md answers.
LISTENER = """#!/bin/sh
number=$(ls "$(dirname "$0")" | grep -c question)
tee "$(dirname "$0")/question-$number" | python3 "$(dirname "$0")/example" | tee "$(dirname "$0")/answer-$number"
"""


def conversation(doctor, folder, programs):
    """What clm-doctor and a program with checks say to each other: two questions, two answers."""
    page = Path(__file__).resolve().parents[2].joinpath("docs/custom-checks.md").read_text()
    Path(programs, "example").write_text(page.split("```python\n")[1].split("```")[0])
    Path(programs, "listener").write_text(LISTENER)
    Path(programs, "listener").chmod(0o755)
    command = [doctor, "check", "--no-host", "--check-program", Path(programs, "listener"), "--fail-on", "never"]
    subprocess.run(command, cwd=folder, capture_output=True, check=False)
    texts = [Path(programs, f"{side}-{number}") for number in (0, 1) for side in ("question", "answer")]
    return [json.loads(text.read_text()) for text in texts]


def main():
    doctor, schemas = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    documents = {path.name: json.loads(path.read_text()) for path in schemas.glob("*.schema.json")}
    registry = Registry().with_resources((name, Resource.from_contents(schema)) for name, schema in documents.items())
    for schema in documents.values():
        Draft202012Validator.check_schema(schema)

    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as programs:
        for path, text in PROJECT.items():
            place = Path(folder, path)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
        def git(*arguments):
            subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@t", *arguments], cwd=folder, check=True)

        git("init", "-q")
        for text in ("six", "six and a half"):
            Path(folder, "api/requirements.txt").write_text(text + "\n")
            git("add", ".")
            git("commit", "-qm", "t")
        Path(folder, "api/requirements.txt").write_text("seven\n")
        Path(programs, "docker").write_text(DOCKER)
        Path(programs, "docker").chmod(0o755)
        environment = os.environ | {"PATH": f"{programs}:{os.environ['PATH']}"}
        failed = 0
        for name, command, filled in RUNS:
            done = subprocess.run([doctor, *command, "--format", "json"], cwd=folder, env=environment, capture_output=True)
            if not done.stdout:
                sys.exit(f"{name}: {done.stderr.decode()}")
            value = json.loads(done.stdout)
            errors = list(Draft202012Validator(documents[f"{name}.schema.json"], registry=registry).iter_errors(value))
            if not all(value[part] for part in filled):
                sys.exit(f"what {name} says of the sample is too empty to judge anything by")
            for error in errors:
                print(f"{name}: {error.json_path}: {error.message}")
            failed += bool(errors)
        said = conversation(doctor, folder, programs)
        if not said[2]["builds"] or not said[3]["findings"] == []:
            sys.exit("what is said to a program of the sample is too empty to judge anything by")
        for value in said:
            errors = list(Draft202012Validator(documents["check-program.schema.json"], registry=registry).iter_errors(value))
            for error in errors:
                print(f"check-program: {error.json_path}: {error.message}")
            failed += bool(errors)
    print(f"{len(RUNS) + 4 - failed} of {len(RUNS) + 4} outputs are as their schema says")
    sys.exit(1 if failed else 0)


main()

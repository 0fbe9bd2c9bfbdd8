"""Judges what clm-doctor prints as JSON by docs/schema.

validate.py CLM_DOCTOR SCHEMA_FOLDER
"""

import json
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
    "binary/Dockerfile": "\0\0\0",
}


def main():
    doctor, schemas = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    documents = {path.name: json.loads(path.read_text()) for path in schemas.glob("*.schema.json")}
    registry = Registry().with_resources((name, Resource.from_contents(schema)) for name, schema in documents.items())
    for schema in documents.values():
        Draft202012Validator.check_schema(schema)

    with tempfile.TemporaryDirectory() as folder:
        for path, text in PROJECT.items():
            place = Path(folder, path)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
        runs = [("report", ["check"]), ("builds", ["builds"]), ("context", ["context"]), ("checks", ["checks"])]
        failed = 0
        for name, command in runs:
            printed = subprocess.run([doctor, *command, "--format", "json"], cwd=folder, capture_output=True).stdout
            value = json.loads(printed)
            errors = list(Draft202012Validator(documents[f"{name}.schema.json"], registry=registry).iter_errors(value))
            if name == "report" and not (value["findings"] and value["notes"] and value["builds"]):
                sys.exit("the report of the sample is too empty to judge anything by")
            for error in errors:
                print(f"{name}: {error.json_path}: {error.message}")
            failed += bool(errors)
    print(f"{len(runs) - failed} of {len(runs)} outputs are as their schema says")
    sys.exit(1 if failed else 0)


main()

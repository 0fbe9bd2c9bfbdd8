#!/usr/bin/env python3
"""Fails where build-services.sh, docker-bake.hcl and compose.yaml do not state the same builds.

Run in the root of the repository. It asks the tools themselves: docker's buildx and Compose plugins must be there, and
of build-services.sh it sees what that passes to a docker which only writes it down.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

RECORDER = '#!/bin/sh\n[ "$1" != build ] || { printf "%s\\n" "$@"; echo --end-of-build--; } >>"$RECORD"\n'


def printed(*command, **env):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env={**os.environ, **env}).stdout


def build(folder, dockerfile, arguments, tags):
    """What makes two builds the same. Names without a tag mean `latest`."""
    return {
        "context": os.path.abspath(folder),
        "dockerfile": os.path.normpath(dockerfile),
        "arguments": dict(arguments),
        "tags": sorted(tag if ":" in tag else f"{tag}:latest" for tag in tags),
    }


def of_script():
    parser = argparse.ArgumentParser()
    parser.add_argument("--file")
    parser.add_argument("--tag", action="append")
    parser.add_argument("--build-arg", action="append")
    parser.add_argument("--progress")
    parser.add_argument("folder")
    with tempfile.TemporaryDirectory() as folder:
        docker, record = Path(folder, "docker"), Path(folder, "record")
        docker.write_text(RECORDER)
        docker.chmod(0o755)
        printed("./build-services.sh", PATH=f"{folder}:{os.environ['PATH']}", RECORD=str(record))
        calls = record.read_text().split("--end-of-build--\n")[:-1]
    found = {}
    for call in calls:
        options = parser.parse_args(call.splitlines()[1:])
        arguments = [text.split("=", 1) for text in options.build_arg]
        service = options.tag[0].removeprefix("clm-")
        found[service] = build(options.folder, options.file, arguments, options.tag)
    return found


def of_bake(revision, *files):
    targets = json.loads(printed("docker", "buildx", "bake", *files, "--print", REVISION=revision))["target"]
    return {
        name: build(target["context"], target["dockerfile"], target["args"], target["tags"])
        for name, target in targets.items()
    }


def of_compose(revision):
    config = json.loads(printed("docker", "compose", "config", "--format", "json", REVISION=revision))
    return {
        name: build(
            service["build"]["context"],
            service["build"]["dockerfile"],
            service["build"]["args"],
            [service["image"], *service["build"]["tags"]],
        )
        for name, service in config["services"].items()
    }


def main():
    script = of_script()
    revision = next(iter(script.values()))["arguments"]["REVISION"]
    others = {
        "docker-bake.hcl": of_bake(revision, "--file", "docker-bake.hcl"),
        "docker buildx bake": of_bake(revision),  # Reads compose.yaml as well, and what docker-bake.hcl says over it.
        "compose.yaml": of_compose(revision),
    }
    wrong = [name for name, builds in others.items() if builds != script]
    for name in wrong:
        print(f"build-services.sh: {json.dumps(script, indent=2)}\n{name}: {json.dumps(others[name], indent=2)}")
    return 1 if wrong or len(script) != 3 else 0


if __name__ == "__main__":
    sys.exit(main())

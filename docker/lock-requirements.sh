#!/bin/sh
# Writes each requirements.txt anew from its pyproject.toml: the newest versions that fit, with checksums.
# Needs uv (pip install uv). Run it from the root of the repository.
set -eu
[ -f docker/services.txt ] || { echo "error: run this from the root of the repository" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for folder in clm-common services/*/; do
    folder=${folder%/}
    # clm-common is ours and is never looked up in a registry.
    sed '/"clm-common==/d' "$folder/pyproject.toml" >"$work/pyproject.toml"
    uv pip compile --quiet --no-header --no-annotate --generate-hashes --universal --python-version 3.11 \
        "$work/pyproject.toml" --output-file "$work/requirements.txt"
    {
        echo "# Exact versions and checksums of what pyproject.toml asks for. Made by docker/lock-requirements.sh."
        cat "$work/requirements.txt"
    } >"$folder/requirements.txt"
    rm "$work/requirements.txt"
done

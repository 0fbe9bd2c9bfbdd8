#!/bin/bash
# Judges what the debug binary prints as JSON by docs/schema, with jsonschema from PyPI in a virtual environment.
set -eu
cd "$(dirname "$0")/../.."
venv=${XDG_CACHE_HOME:-$HOME/.cache}/clm-doctor/jsonschema
if ! "$venv/bin/python" -c 'import jsonschema' 2>/dev/null; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check jsonschema
fi
exec "$venv/bin/python" Tests/Schemas/validate.py .build/debug/clm-doctor docs/schema

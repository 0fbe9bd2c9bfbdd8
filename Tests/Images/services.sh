#!/bin/bash
# The Python tests: clm-common, the services, and what scripts, images and documents must agree on.
# Usage: Tests/Images/services.sh [pytest's arguments]     Needs python3 with venv, plantuml, graphviz, shellcheck.
set -euo pipefail
cd "$(dirname "$0")/../.."

venv=${CLM_TEST_VENV:-$PWD/.build/services-venv}
requirements=(services/requirements-test.txt clm-common/requirements.txt services/*/requirements.txt)
stamp=$(cat "${requirements[@]}" | sha256sum | cut -d ' ' -f 1)
if [ "$(cat "$venv/stamp" 2>/dev/null)" != "$stamp" ]; then
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r services/requirements-test.txt
    for file in clm-common/requirements.txt services/*/requirements.txt; do
        "$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r "$file"
    done
    "$venv/bin/python" -m bash_kernel.install --sys-prefix >/dev/null
    echo "$stamp" >"$venv/stamp"
fi

PYTHONPATH=$(printf '%s:' "$PWD"/clm-common/src "$PWD"/services/*/src)
export PYTHONPATH=${PYTHONPATH%:} PYTHONDONTWRITEBYTECODE=1
"$venv/bin/ruff" check --no-cache --quiet --output-format concise --config docker/ruff.toml clm-common services Tests/Images
"$venv/bin/ruff" format --no-cache --quiet --check --config docker/ruff.toml clm-common services Tests/Images
if [ $# -eq 0 ]; then set -- clm-common services Tests/Images; fi
"$venv/bin/python" -m pytest -q -rs -p no:cacheprovider --import-mode=importlib --rootdir "$PWD" "$@"

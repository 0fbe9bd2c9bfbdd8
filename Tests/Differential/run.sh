#!/bin/sh
# Compares the Dockerfile parser with BuildKit's own, which the PyPI package `dockerfile` wraps.
# Usage: Tests/Differential/run.sh [--count N] [--seed S] [--keep FOLDER]
# Exit: 0 no difference, 1 differences (they are printed), 2 the comparison could not run.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
root=$(dirname -- "$(dirname -- "$here")")
venv=${XDG_CACHE_HOME:-$HOME/.cache}/clm-doctor/parser-differential-3.4.0
if [ ! -x "$venv/bin/python" ] || ! "$venv/bin/python" -c 'import dockerfile' 2>/dev/null; then
    python3 -m venv "$venv" && "$venv/bin/python" -m pip install --quiet 'dockerfile==3.4.0' || {
        echo "run.sh: cannot install the package dockerfile into $venv (python3-venv and a way to PyPI are needed)" >&2
        exit 2
    }
fi
cd "$root"
swift build --product dockerfile-dump 1>&2 || exit 2
dump=$(swift build --product dockerfile-dump --show-bin-path)/dockerfile-dump
PYTHONDONTWRITEBYTECODE=1 exec "$venv/bin/python" "$here/compare.py" "$dump" "$@"

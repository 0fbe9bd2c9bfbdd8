#!/bin/sh
# The test of work: no shape of input makes the program's work grow faster than itself. Counts with valgrind, on the release
# binary. Usage: Tests/Work/run.sh [--bars] [PART OF A SHAPE'S NAME...]
set -eu
cd "$(dirname "$0")/../.."
export PYTHONDONTWRITEBYTECODE=1
exec python3 Tests/Work/work.py .build/release/clm-doctor "$@"

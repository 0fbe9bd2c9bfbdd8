#!/bin/bash
# Faults of a Docker daemon: a docker program (this machine's own, else Debian's) and the debug binary against a daemon that
# answers wrongly.
set -eu
cd "$(dirname "$0")/../.."
export PYTHONDONTWRITEBYTECODE=1
command -v docker >/dev/null || { environment=$(Tests/Support/engine.sh client forky); eval "$environment"; }
exec python3 Tests/HostFaults/faults.py .build/debug/clm-doctor

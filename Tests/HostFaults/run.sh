#!/bin/bash
# Faults of a Docker daemon: the docker CLI of this machine and the debug binary against a daemon that answers wrongly.
set -eu
cd "$(dirname "$0")/../.."
export PYTHONDONTWRITEBYTECODE=1
exec python3 Tests/HostFaults/faults.py .build/debug/clm-doctor

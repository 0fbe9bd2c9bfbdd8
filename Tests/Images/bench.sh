#!/bin/bash
# Measures what the cache mounts save, and writes docs/cache-benchmark.md and docs/cache-benchmark.svg.
# Usage: Tests/Images/bench.sh [SERVICE...]   (default: plantuml-converter notebook-processor). Needs what run.sh needs.
# machine.sh says what is stood in for.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=Tests/Images/machine.sh
. Tests/Images/machine.sh

if [ $# -eq 0 ]; then set -- plantuml-converter notebook-processor; fi
Tests/Images/services.sh --collect-only -q Tests/Images >/dev/null      # makes the virtual environment with matplotlib
python=${CLM_TEST_VENV:-$root/.build/services-venv}/bin/python

start_machine images-bench
serve_index
make_debian_base
make_micromamba_base
results=$scratch/results.csv
log=$scratch/log
tree=$scratch/tree

# measure SERVICE MOUNTS SCENARIO: one build; a line of results.
measure() {
    local before started ended
    before=$(wc -l <"$index_log")
    started=$(date +%s.%N)
    ./build-services.sh --network=host "$1" >"$log" 2>&1 || { tail -n 40 "$log" >&2; exit 1; }
    ended=$(date +%s.%N)
    "$python" "$root/Tests/Images/bench.py" measured "$log" "$index_log" "$before" "$started" "$ended" "$1" "$2" "$3" |
        tee -a "$results"
}

bases_as_made() {
    docker tag debian:$debian kept-debian
    docker tag mambaorg/micromamba:$micromamba kept-micromamba
}
restore_bases() {
    docker tag kept-debian debian:$debian
    docker tag kept-micromamba mambaorg/micromamba:$micromamba
}

bases_as_made
for service in "$@"; do
    for mounts in with without; do
        restore_bases
        copy_tree "$tree"
        cd "$tree"
        folder=$(awk -v name="$service" '$2 == name { print $3 }' docker/services.txt)
        if [ $mounts = without ]; then
            sed -i -E 's/--mount=type=cache,[^ ]+ ?//' "docker/$folder/Dockerfile"
            if grep 'type=cache' "docker/$folder/Dockerfile"; then exit 1; fi
        fi
        docker builder prune --all --force >/dev/null
        measure "$service" $mounts cold
        measure "$service" $mounts none
        echo '# a change' >>"services/$service/src/${service//-/_}/converter.py"
        measure "$service" $mounts code
        # One package more. Its checksums are in the notebook processor's list, for Windows.
        sed -n '/^colorama==/,/^[^ ].*==/p' services/notebook-processor/requirements.txt | sed '$d; s/ ; sys_platform.*win32. / /' >"$scratch/more"
        sed -i '/^colorama==/,/[^\\]$/d' "services/$service/requirements.txt"
        cat "$scratch/more" >>"services/$service/requirements.txt"
        measure "$service" $mounts requirements
        change_base "$(sed -n 's/^FROM \([^ ]*:[^ ]*\)$/\1/p' "docker/$folder/Dockerfile")"
        measure "$service" $mounts base
        cd "$root"
    done
done
"$python" Tests/Images/bench.py report "$results" docs/cache-benchmark.md docs/cache-benchmark.svg

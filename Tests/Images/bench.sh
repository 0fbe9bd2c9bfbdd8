#!/bin/bash
# Measures what the cache mounts save, beside what `clm-doctor impact` says before each build, and writes
# docs/cache-benchmark.md and docs/cache-benchmark.svg.
# Usage: Tests/Images/bench.sh [SERVICE...]   (default: plantuml-converter notebook-processor). Needs what run.sh needs.
# machine.sh says what is stood in for. `make bench-images` makes the clm-doctor that this asks.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=Tests/Images/machine.sh
. Tests/Images/machine.sh

if [ $# -eq 0 ]; then set -- plantuml-converter notebook-processor; fi
Tests/Images/services.sh --collect-only -q Tests/Images >/dev/null      # makes the virtual environment with matplotlib
python=${CLM_TEST_VENV:-$root/.build/services-venv}/bin/python
doctor=$root/.build/release/clm-doctor
[ -x "$doctor" ] || { echo "$doctor is missing; make build makes it" >&2; exit 1; }

start_machine images-bench
serve_index
make_debian_base
make_micromamba_base
results=$scratch/results.csv
log=$scratch/log
tree=$scratch/tree

in_git() { git -C "$tree" -c user.name=bench -c user.email=bench@example.org "$@"; }

# measure SERVICE MOUNTS SCENARIO: one build of what the work tree has, after what its last commit has; a line of results.
measure() {
    local before started ended agrees=yes
    "$doctor" impact --no-host --base HEAD --format json "$1" >"$scratch/prediction.json"
    before=$(wc -l <"$index_log")
    started=$(date +%s.%N)
    ./build-services.sh --network=host "$1" >"$log" 2>&1 || { tail -n 40 "$log" >&2; exit 1; }
    ended=$(date +%s.%N)
    "$doctor" impact --no-host --base HEAD --verify "$log" "$1" >"$scratch/verified" || agrees=no
    [ $agrees = yes ] || cat "$scratch/verified" >&2
    "$python" "$root/Tests/Images/bench.py" measured "$log" "$index_log" "$before" "$started" "$ended" \
        "$scratch/prediction.json" $agrees "$1" "$2" "$3" | tee -a "$results"
    in_git add --all
    in_git commit --quiet --allow-empty --message "$3"
}

for service in "$@"; do
    for mounts in with without; do
        copy_tree "$tree"
        cd "$tree"
        folder=$(awk -v name="$service" '$2 == name { print $3 }' docker/services.txt)
        if [ $mounts = without ]; then
            sed -i -E 's/--mount=type=cache,[^ ]+ ?//' "docker/$folder/Dockerfile"
            if grep 'type=cache' "docker/$folder/Dockerfile"; then exit 1; fi
        fi
        in_git init --quiet
        in_git commit --quiet --allow-empty --message "Nothing is built yet"
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
        base=$(sed -n 's/^FROM \([^ ]*:[^ ]*\)$/\1/p' "docker/$folder/Dockerfile")
        make_newer_base "$base" "$base-newer"
        sed -i "s,^FROM $base\$,FROM $base-newer," "docker/$folder/Dockerfile"
        measure "$service" $mounts base
        cd "$root"
    done
done
"$python" Tests/Images/bench.py report "$results" docs/cache-benchmark.md docs/cache-benchmark.svg

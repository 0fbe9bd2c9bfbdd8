#!/bin/bash
# Fuzzes every reader, `impact` on two texts and the planner of repairs with libFuzzer, two targets at a time.
# Usage: Tests/Fuzz/run.sh SECONDS [TARGET...]    so many seconds for each target; 0 builds the fuzzers alone
# Exit: 0 nothing found; else the inputs that break something are named, and stand in .build/fuzz/found.
set -eu
seconds=${1:?usage: Tests/Fuzz/run.sh SECONDS [TARGET...]}
shift
cd "$(dirname "$0")/../.."
here=$PWD/Tests/Fuzz
work=$PWD/.build/fuzz

# Compiled with the coverage that libFuzzer follows; its driver is linked without a `main` of its own.
clang=$(dirname "$(readlink -f "$(command -v swift)")")/clang
library=$("$clang" -print-file-name=libclang_rt.fuzzer_no_main-"$(uname -m)".a)
CLM_DOCTOR_FUZZ=1 swift build -c release --scratch-path "$work/build" --product clm-doctor-fuzz \
  -Xswiftc -Xfrontend -Xswiftc -sanitize=fuzzer -Xcc -fsanitize=fuzzer-no-link -Xlinker "$library" -Xlinker -lstdc++
[ "$seconds" != 0 ] || exit 0
program=$work/build/release/clm-doctor-fuzz
mkdir -p "$work/found" "$work/corpus" "$work/logs"
PYTHONDONTWRITEBYTECODE=1 python3 "$here/seeds.py" "$work/seeds"

dictionary() {
  case $1 in
    dockerfile | impact | fix) echo dockerfile ;;
    ignore) echo ignore ;;
    make | justfile | script | run) echo shell ;;
    hcl) echo hcl ;;
    bake | package | baseline | docker | log | record | json) echo json ;;
    index | git) echo git ;;
    *) echo yaml ;;
  esac
}

# What is allowed for one input: bars of time and memory that no input within the size limits may break.
fuzz() {
  mkdir -p "$work/corpus/$1" "$work/seeds/$1"
  # Swift's own crash handler would keep libFuzzer from writing the input down.
  if SWIFT_BACKTRACE=enable=no "$program" "$1" -max_total_time="$seconds" -max_len=65536 -len_control=20 -timeout=10 \
    -rss_limit_mb=1500 -malloc_limit_mb=600 -print_final_stats=1 -reload=0 -dict="$here/dictionaries/$(dictionary "$1").dict" \
    -artifact_prefix="$work/found/$1-" "$work/corpus/$1" "$work/seeds/$1" >"$work/logs/$1" 2>&1; then
    echo "$1: $(sed -n 's/^stat::number_of_executed_units: *//p' "$work/logs/$1") executions, nothing found"
  else
    echo "$1: FAIL"
    { grep -aE 'Fatal error|ERROR: libFuzzer|SUMMARY|Test unit written' "$work/logs/$1" || tail -5 "$work/logs/$1"; } | sed 's/^/  /'
    return 1
  fi
}
export -f fuzz dictionary
export seconds here work program
{ if [ $# -gt 0 ]; then printf '%s\n' "$@"; else "$program" || true; fi; } | xargs -P 2 -I '{}' bash -c 'fuzz {}'

#!/bin/sh
# Fuzzes the Dockerfile parser and evaluation, and ignore files, with libFuzzer: half of the time each.
# Usage: Tests/Fuzz/run.sh SECONDS
# Exit: 0 nothing found; else what libFuzzer returns, and the input that broke it is named.
set -eu
seconds=${1:?usage: Tests/Fuzz/run.sh SECONDS}
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
root=$(dirname -- "$(dirname -- "$here")")
work=$root/.build/fuzz
mkdir -p "$work/corpus" "$work/corpus-ignore" "$work/found"
cd "$work"

# One module after the other, with the coverage that libFuzzer follows.
flags="-O -g -parse-as-library -sanitize=fuzzer -swift-version 6 -package-name clm_doctor
    -enable-upcoming-feature InternalImportsByDefault -enable-upcoming-feature MemberImportVisibility
    -enable-upcoming-feature ExistentialAny -I ."
for module in SourceText Diagnostics Dockerfile BuildContext; do
    # shellcheck disable=SC2086 # the flags are words
    swiftc $flags -wmo -emit-module -module-name "$module" -c "$root/Sources/$module"/*.swift -o "$module.o"
done
# shellcheck disable=SC2086
swiftc $flags -module-name Fuzz "$here/FuzzDockerfile.swift" SourceText.o Diagnostics.o Dockerfile.o -o fuzz
# shellcheck disable=SC2086
swiftc $flags -module-name FuzzIgnore "$here/FuzzIgnoreFile.swift" SourceText.o Diagnostics.o BuildContext.o -o fuzz-ignore

# The cases of the parser differential are the first inputs.
PYTHONDONTWRITEBYTECODE=1 python3 - "$root/Tests/Differential" corpus <<'PYTHON'
import pathlib, sys
sys.path.insert(0, sys.argv[1])
import cases
for index, (name, text) in enumerate(cases.CASES):
    if len(text) < 4096:
        pathlib.Path(sys.argv[2], f"case-{index}").write_bytes(text.encode())
PYTHON

# Swift's own crash handler would keep libFuzzer from writing the input down.
export SWIFT_BACKTRACE=enable=no
half=$((seconds / 2))
./fuzz -max_total_time=$((seconds - half)) -max_len=4096 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -dict="$here/dockerfile.dict" -artifact_prefix=found/ -verbosity=1 corpus
exec ./fuzz-ignore -max_total_time="$half" -max_len=512 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -dict="$here/ignore.dict" -artifact_prefix=found/ -verbosity=1 corpus-ignore

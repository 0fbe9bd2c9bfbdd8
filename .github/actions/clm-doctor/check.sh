#!/bin/bash
# The action's one step. Takes the inputs of action.yml from the environment.
set -eu

program=$INPUT_PROGRAM
if [ -z "$program" ]; then
  if command -v clm-doctor >/dev/null; then
    program=clm-doctor
  else
    root=$(cd "$(dirname "$0")/../../.." && pwd)
    "$root/.ci/install" build
    "$root/.ci/build-release"
    program=$root/.build/release/clm-doctor
  fi
fi

arguments=(check --no-host --fail-on "$INPUT_FAIL_ON" --format "$INPUT_FORMAT")
[ -z "$INPUT_OUTPUT" ] || arguments+=(--output "$INPUT_OUTPUT")
[ -z "$INPUT_NEW_SINCE" ] || arguments+=(--new-since "$INPUT_NEW_SINCE")
[ -z "$INPUT_BASELINE" ] || arguments+=(--baseline "$INPUT_BASELINE")
[ -z "$INPUT_POLICY" ] || arguments+=(--policy "$INPUT_POLICY")
case $INPUT_STRICT in
  true) arguments+=(--strict) ;;
  false | '') ;;
  *) echo "strict is true or false" >&2; exit 2 ;;
esac
arguments+=(--)
while IFS= read -r path; do
  [ -z "$path" ] || arguments+=("$path")
done <<<"$INPUT_PATHS"

status=0
"$program" "${arguments[@]}" || status=$?
echo "status=$status" >>"$GITHUB_OUTPUT"

# What the build of this job did. It is no part of the verdict: a record that cannot be read is told in the log.
if [ -n "${INPUT_RECORD:-}" ]; then
  since=() summary=${GITHUB_STEP_SUMMARY:-/dev/stdout}
  [ -z "$INPUT_NEW_SINCE" ] || since=(--base "$INPUT_NEW_SINCE" --head HEAD)
  "$program" timings --format markdown -- "$INPUT_RECORD" >>"$summary" || true
  "$program" why --format markdown "${since[@]}" -- "$INPUT_RECORD" >>"$summary" || true
fi
exit "$status"

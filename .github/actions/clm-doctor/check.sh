#!/bin/bash
# The action's one step. Takes the inputs of action.yml from the environment.
set -eu

root=$(cd "$(dirname "$0")/../../.." && pwd)
export CLM_DOCTOR_PROGRAM=$INPUT_PROGRAM CLM_DOCTOR_BUILD=${INPUT_BUILD:-false} CLM_DOCTOR_SHA256=${INPUT_SHA256:-}
export CLM_DOCTOR_RELEASES=${INPUT_RELEASES:-} CLM_DOCTOR_REPOSITORY=${ACTION_REPOSITORY:+$GITHUB_SERVER_URL/$ACTION_REPOSITORY}
program=$("$root/.ci/program")

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

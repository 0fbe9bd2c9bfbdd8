#!/bin/bash
# The action's one step. Takes the inputs of action.yml from the environment.
set -eu

root=$(cd "$(dirname "$0")/../../.." && pwd)
export CLM_DOCTOR_PROGRAM=$INPUT_PROGRAM CLM_DOCTOR_BUILD=${INPUT_BUILD:-false} CLM_DOCTOR_SHA256=${INPUT_SHA256:-}
export CLM_DOCTOR_RELEASES=${INPUT_RELEASES:-} CLM_DOCTOR_REPOSITORY=${ACTION_REPOSITORY:+$GITHUB_SERVER_URL/$ACTION_REPOSITORY}
program=$("$root/.ci/program")

# The commit that HEAD is compared with: the input, else the branch that the pull request goes to, else what a push found.
since=$INPUT_NEW_SINCE reference=$INPUT_NEW_SINCE base=""
if [ -z "$since" ] || [ "$since" = all ]; then
  since="" reference=""
  if [ -n "${GITHUB_BASE_REF:-}" ]; then reference=origin/$GITHUB_BASE_REF
  elif [ "${GITHUB_EVENT_NAME:-}" = push ]; then
    reference=$(grep -o '"before": *"[0-9a-f]\{40\}"' "$GITHUB_EVENT_PATH" | head -n 1 | cut -d '"' -f 4)
  fi
fi
[ -z "$reference" ] || base=$(git merge-base --end-of-options "$reference" HEAD 2>/dev/null) || base=
# Of a pull request, only what it brings is told. A baseline says itself what is known.
if [ -z "$INPUT_NEW_SINCE" ] && [ -z "$INPUT_BASELINE" ] && [ -n "${GITHUB_BASE_REF:-}" ]; then
  if [ -n "$base" ]; then since=$reference
  else echo "clm-doctor: $reference is not in this clone, so that all findings are told: give actions/checkout fetch-depth: 0"
  fi
fi

arguments=(check --no-host --fail-on "$INPUT_FAIL_ON" --format "$INPUT_FORMAT")
[ -z "$INPUT_OUTPUT" ] || arguments+=(--output "$INPUT_OUTPUT")
[ -z "$since" ] || arguments+=(--new-since "$since")
[ -z "$INPUT_BASELINE" ] || arguments+=(--baseline "$INPUT_BASELINE")
[ -z "$INPUT_POLICY" ] || arguments+=(--policy "$INPUT_POLICY")
case $INPUT_STRICT in
  true) arguments+=(--strict) ;;
  false | '') ;;
  *) echo "strict is true or false" >&2; exit 2 ;;
esac
case ${INPUT_COMMENT:-} in
  true | false | '') ;;
  *) echo "comment is true or false" >&2; exit 2 ;;
esac
arguments+=(--)
while IFS= read -r path; do
  [ -z "$path" ] || arguments+=("$path")
done <<<"$INPUT_PATHS"

status=0
"$program" "${arguments[@]}" || status=$?
echo "status=$status" >>"$GITHUB_OUTPUT"

summary=${GITHUB_STEP_SUMMARY:-/dev/stdout}

# What the change makes Docker build again. It is no part of the verdict.
if [ -n "$base" ]; then
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  rebuilt=0
  "$program" impact --no-host --base "$base" --head HEAD --history --expect-cached --format markdown --output "$scratch/impact.md" ||
    rebuilt=$?
  if [ -s "$scratch/impact.md" ] && [ "$rebuilt" != 3 ]; then
    cat "$scratch/impact.md" >>"$summary"
    # Of a fork, a pull request has no token that may write; then the summary has it alone.
    if [ "${INPUT_COMMENT:-}" = true ] && [ -n "${INPUT_TOKEN:-}" ] && [ -n "${GITHUB_BASE_REF:-}" ]; then
      update=()
      # Where nothing is built again, there is nothing to say, unless something was said before.
      [ "$rebuilt" != 0 ] || update=(--update)
      python3 "$root/.github/actions/clm-doctor/comment.py" "$scratch/impact.md" "${update[@]}" ||
        echo "clm-doctor: the pull request has no comment; the job's summary has what it would say"
    fi
  fi
fi

# What the build of this job did. It is no part of the verdict: a record that cannot be read is told in the log.
if [ -n "${INPUT_RECORD:-}" ]; then
  range=()
  [ -z "$base" ] || range=(--base "$base" --head HEAD)
  "$program" timings --format markdown -- "$INPUT_RECORD" >>"$summary" || true
  "$program" why --format markdown "${range[@]}" -- "$INPUT_RECORD" >>"$summary" || true
fi
exit "$status"

#!/bin/bash
# Runs every test. What this machine cannot run is named in the last lines; where CI=true, leaving anything out is a failure.
set -u
cd "$(dirname "$0")/.."

passed=0
failed=()
left_out=()
times=()
log=$(mktemp)
failures=$(mktemp)
behind=$(mktemp -d)
trap 'rm -rf "$log" "$failures" "$behind"' EXIT

step() {        # step NAME COMMAND...
  local name=$1 start=$SECONDS
  shift
  printf '\n=== %s\n' "$name"
  "$@" 2>&1 | tee "$log"
  local status=${PIPESTATUS[0]}
  times+=("$((SECONDS - start)) s $name")
  if [ "$status" = 0 ]; then passed=$((passed + 1)); printf '=== %s: passed in %d s\n' "$name" $((SECONDS - start))
  else
    failed+=("$name")
    printf '=== %s: FAILED\n' "$name"
    # Said again at the end: CI services show that first, and some nothing else.
    { echo "Failed: $name"
      { grep -aE '^✘|^↳|FAIL|[Ee]rror:|engine\.sh:' "$log" | grep -vE '^↳ (Testing Library|Target Platform)' ||
          tail -n 10 "$log"; } | head -n 20 | cut -c 1-600 | sed 's/^/  /'
    } >>"$failures"
  fi
}

# start WORD COMMAND...: runs it behind the next steps; `finish WORD` waits for it and tells what came of it.
start() {
  local word=$1
  shift
  { "$@" >"$behind/$word.log" 2>&1; echo $? >"$behind/$word.status"; } &
  echo $! >"$behind/$word.pid"
}
finish() {
  tail --pid="$(cat "$behind/$1.pid")" -f /dev/null
  cat "$behind/$1.log"
  return "$(cat "$behind/$1.status")"
}

leave_out() {   # leave_out NAME REASON
  left_out+=("$1: $2")
}

unit_tests() { swift test --skip-build --skip '^EngineTests\.'; }

# A real Docker Engine judges what we say of contexts and Dockerfiles.
engine_tests() (
  environment=$(Tests/Support/engine.sh start tests) || exit 1
  trap 'Tests/Support/engine.sh stop tests' EXIT
  eval "$environment"
  swift test --skip-build --filter '^EngineTests\.'
)

# The judge of what `impact` predicts: each pair is built on the newest and on the oldest engine.
impact_engines() { CLM_DOCTOR_IMPACT_ENGINES=forky,bookworm swift test --skip-build --filter '^ImpactConformance\.EngineConformanceTests'; }

# Each source that tells of a build against the others, and all against what ran.
record_engines() { CLM_DOCTOR_RECORD_ENGINES=forky,trixie,bookworm swift test --skip-build --filter '^BuildRecordsTests\.(Oracle|Reason)Tests'; }

# How the umask has checked this out is not the repository's.
own_report() { .build/release/clm-doctor --no-host --fail-on info --skip context-mode-drift; }

step "format and lint" make --silent lint
step "build without warnings" swift build --build-tests
step "unit tests, check catalogue, hostile input" unit_tests
step "the real process" Tests/process.sh
step "outputs against their schemas and readers" Tests/Schemas/run.sh
step "integrations" Tests/Integrations/run.sh
step "parser against BuildKit's" Tests/Differential/run.sh
step "services, scripts" Tests/Images/services.sh
no_engine=
if [ "$(uname)" != Linux ]; then no_engine="it needs Linux"
elif [ "$(id -u)" != 0 ]; then no_engine="starting a Docker Engine needs root"
elif ! unshare -m true 2>/dev/null; then no_engine="this machine does not allow mount namespaces"; fi
if [ -n "$no_engine" ]; then
  leave_out "engine comparison" "$no_engine"
  leave_out "impact against BuildKit" "$no_engine"
  leave_out "records of builds against engines" "$no_engine"
  leave_out "claims about engines" "$no_engine"
  if command -v docker >/dev/null; then step "faults of a Docker daemon" Tests/HostFaults/run.sh
  else leave_out "faults of a Docker daemon" "there is no docker program, and $no_engine"; fi
  leave_out "images of the services" "$no_engine"
else
  step "engine comparison" engine_tests
  step "impact against BuildKit" impact_engines
  step "records of builds against engines" record_engines
  # They take the processors while engines are waited for.
  start release bash -c '.ci/build-release && Tests/Fuzz/run.sh 0'
  step "claims about engines" Tests/HostClaims/run.sh
  step "faults of a Docker daemon" Tests/HostFaults/run.sh
  step "images of the services" Tests/Images/run.sh
fi
if [ -n "$no_engine" ]; then step "release build" .ci/build-release; else step "release build, fuzzers" finish release; fi
step "clm-doctor on this repository" own_report
step "the real process, as it is released" Tests/process.sh .build/release/clm-doctor
start packages Tests/Packages/run.sh
step "fuzz minute" Tests/Fuzz/run.sh 60
step "packages, as a newcomer gets them" finish packages
if command -v valgrind >/dev/null; then step "counted work" Tests/Work/run.sh
else leave_out "counted work" "there is no valgrind"; fi

printf '\n'
printf '%s\n' "${times[@]}" | sort -rn
for name in "${left_out[@]}"; do echo "Not run here: $name"; done
# No failure in CI: neither Debian nor PyPI has a PowerShell.
command -v pwsh >/dev/null || echo "Not run here: the PowerShell scripts, for want of pwsh; they were parsed, and compared with the others"
if [ "${CI:-}" = true ] && [ ${#left_out[@]} -gt 0 ]; then
  echo "In CI, leaving a test out is a failure."
  failed+=("${left_out[@]}")
fi
# Last, as the end of a log is what is looked at, and what some CI services show alone.
cat "$failures"
echo "$passed passed, ${#failed[@]} failed$([ ${#failed[@]} = 0 ] || printf ': %s' "${failed[@]}")"
[ ${#failed[@]} = 0 ]

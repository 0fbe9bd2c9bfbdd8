#!/bin/bash
# Tries docs/integrations.md with the real programs: pre-commit, the schemas of GitHub and GitLab (check-jsonschema), bash's
# zsh's and fish's completion, man, a docker client. Runs the debug binary. What is not on this machine is named.
set -u
cd "$(dirname "$0")/../.." || exit 1
root=$PWD
venv=${XDG_CACHE_HOME:-$HOME/.cache}/clm-doctor/integrations
if ! "$venv/bin/python" -c 'import pre_commit, check_jsonschema' 2>/dev/null; then
  python3 -m venv "$venv" && "$venv/bin/pip" install --quiet --disable-pip-version-check check-jsonschema pre-commit || exit 1
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/bin"
cp .build/debug/clm-doctor "$folder/bin/"      # a debug binary needs Swift's libraries, which its own path tells it
export PATH=$folder/bin:$venv/bin:$PATH GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@t GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t@t

failed=0
expect() {      # expect WHAT ACTUAL WANTED
  if [ "$2" != "$3" ]; then printf '%s: %s, not %s\n' "$1" "$2" "$3"; failed=$((failed + 1)); fi
}
holds() {       # holds WHAT TEXT PART
  case $2 in *"$3"*) ;; *) printf '%s lacks %s:\n%s\n' "$1" "$3" "$2"; failed=$((failed + 1)) ;; esac
}

bad='FROM debian:12
RUN --mount=type=cache,tagret=/x true'
good='FROM debian:12
RUN --mount=type=cache,target=/x touch /x/y'
repository() {  # repository FOLDER DOCKERFILE
  mkdir -p "$1" && git -C "$1" init -q -b main && echo "$2" >"$1/Dockerfile" && git -C "$1" add . && git -C "$1" commit -q -m first
}

# What is written for others is as their schemas want it, in the documentation too.
python3 - docs/integrations.md "$folder" <<'END'
import re, sys
blocks = re.findall(r"```yaml\n(.*?)```", open(sys.argv[1]).read(), re.S)
for name, mark in (("workflow", "on: pull_request"), ("gitlab", "include:"), ("pre-commit", "repos:")):
    found = [block for block in blocks if block.startswith(mark)]
    open(f"{sys.argv[2]}/{name}.yml", "w").write(found[0])
END
check-jsonschema --builtin-schema vendor.github-actions .github/actions/clm-doctor/action.yml >"$folder/log" 2>&1 || { cat "$folder/log"; failed=$((failed + 1)); }
check-jsonschema --builtin-schema vendor.github-workflows "$folder/workflow.yml" >"$folder/log" 2>&1 || { cat "$folder/log"; failed=$((failed + 1)); }
check-jsonschema --builtin-schema vendor.gitlab-ci --data-transform gitlab-ci .gitlab/clm-doctor.gitlab-ci.yml "$folder/gitlab.yml" >"$folder/log" 2>&1 || { cat "$folder/log"; failed=$((failed + 1)); }
pre-commit validate-manifest .pre-commit-hooks.yaml || failed=$((failed + 1))
pre-commit validate-config "$folder/pre-commit.yml" || failed=$((failed + 1))

# What `init` writes and says to add is, too.
repository "$folder/init" "$bad"
(
  cd "$folder/init" || exit 1
  mkdir -p .github/workflows
  echo 'stages: [test]' >.gitlab-ci.yml
  clm-doctor init --yes --from acme/clm-doctor >"$folder/out" 2>&1; expect "status of init" $? 0
  sed -n '/^Add to .gitlab-ci.yml:$/,/^$/s/^    //p' "$folder/out" >"$folder/added.yml"
  check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/clm-doctor.yml >"$folder/log" 2>&1; expect "init's workflow" $? 0
  check-jsonschema --builtin-schema vendor.gitlab-ci --data-transform gitlab-ci "$folder/added.yml" >"$folder/log" 2>&1; expect "init's lines for GitLab" $? 0
  pre-commit validate-config .pre-commit-config.yaml; expect "init's hook" $? 0
  clm-doctor --no-host >"$folder/out" 2>&1; expect "status after init" $? 0
  clm-doctor init --undo >"$folder/out" 2>&1; expect "status of init --undo" $? 0
  expect "what is left of init" "$(git status --porcelain)" "?? .gitlab-ci.yml"
  exit $failed
) || failed=$((failed + $?))

# The action's step, with inputs that are no script.
repository "$folder/action" "$bad"
(
  cd "$folder/action" || exit 1
  export INPUT_PATHS=$'Dockerfile\n' INPUT_FAIL_ON=error INPUT_FORMAT=github INPUT_OUTPUT='' INPUT_NEW_SINCE='' INPUT_BASELINE='' INPUT_POLICY='' INPUT_STRICT=false INPUT_PROGRAM=''
  export GITHUB_OUTPUT=$folder/outputs GITHUB_STEP_SUMMARY=$folder/summary
  "$root/.github/actions/clm-doctor/check.sh" >"$folder/out" 2>&1; expect "status of the action" $? 1
  holds "the annotation" "$(cat "$folder/out")" "::error file=Dockerfile,line=2,"
  expect "output of the action" "$(cat "$folder/outputs")" "status=1"
  holds "the job's summary" "$(cat "$folder/summary")" "| error | Dockerfile"
  INPUT_NEW_SINCE=HEAD "$root/.github/actions/clm-doctor/check.sh" >"$folder/out" 2>&1; expect "status of a change that brings nothing" $? 0
  printf 'checks: {mount-syntax: off}\n' >.clm-doctor.yaml
  "$root/.github/actions/clm-doctor/check.sh" >"$folder/out" 2>&1; expect "status of a change that switches the check off" $? 0
  holds "what it says of that" "$(cat "$folder/out")" "::notice title=clm-doctor%3A exceptions::.clm-doctor.yaml: switches off 1 check: mount-syntax"
  INPUT_STRICT=true "$root/.github/actions/clm-doctor/check.sh" >"$folder/out" 2>&1; expect "status of the same with strict" $? 1
  printf '#1 [2/2] RUN x </td>\n#1 DONE 1.5s\n' >"$folder/build.log"
  INPUT_RECORD=$folder/build.log "$root/.github/actions/clm-doctor/check.sh" >"$folder/out" 2>&1 || true
  holds "the time of the job's build" "$(cat "$folder/summary")" '| \[2/2\] RUN x &lt;/td&gt; | 1.5 s |'
  INPUT_RECORD=$folder/nothing "$root/.github/actions/clm-doctor/check.sh" >"$folder/out" 2>&1 || true
  holds "a record that is not there" "$(cat "$folder/out")" "nothing: the file cannot be read"
  INPUT_STRICT=maybe "$root/.github/actions/clm-doctor/check.sh" >"$folder/out" 2>&1; expect "status of strict that is neither true nor false" $? 2
  printf 'checks: {mount-syntax: on}\n' >"$folder/policy.yaml"
  INPUT_POLICY=$folder/policy.yaml "$root/.github/actions/clm-doctor/check.sh" >"$folder/out" 2>&1; expect "status of the same with a policy" $? 1
  rm .clm-doctor.yaml
  # shellcheck disable=SC2016
  INPUT_PATHS='$(touch evil); `touch evil`' "$root/.github/actions/clm-doctor/check.sh" >"$folder/out" 2>&1; expect "status of a path that is none" $? 2
  [ ! -e evil ]; expect "a path was run" $? 0
  INPUT_PATHS='--fail-on=never' "$root/.github/actions/clm-doctor/check.sh" >"$folder/out" 2>&1; expect "status of a path that looks like an option" $? 2
  exit $failed
) || failed=$((failed + $?))

# The action's step as a runner starts it: of a pull request, of one from a fork, and of a push.
repository "$folder/change" "$good"
printf 'FROM debian:12\nCOPY page /page\n' >"$folder/change/page.Dockerfile"
echo old >"$folder/change/page"
git -C "$folder/change" add . && git -C "$folder/change" commit -q -m page
git -C "$folder/change" update-ref refs/remotes/origin/main HEAD
before=$(git -C "$folder/change" rev-parse HEAD)
git -C "$folder/change" checkout -q -b change
echo new >"$folder/change/page" && git -C "$folder/change" commit -q -a -m 'new page'
echo '{"pull_request": {"number": 5}}' >"$folder/pull_request.json"
printf '{\n  "after": "x",\n  "before": "%s",\n  "commits": [{"message": "\\"before\\": \\"%040d\\""}]\n}\n' "$before" 0 >"$folder/push.json"
printf '%s\n' '[{"id": 1, "author": "somebody", "body": "<!-- clm-doctor impact -->\nnot ours"}]' >"$folder/comments.json"
(
  cd "$folder/change" || exit 1
  export INPUT_PATHS='' INPUT_FAIL_ON=warning INPUT_FORMAT=github INPUT_OUTPUT='' INPUT_NEW_SINCE='' INPUT_BASELINE='' INPUT_POLICY='' INPUT_STRICT=false INPUT_PROGRAM=''
  export INPUT_COMMENT=true INPUT_TOKEN=writer GITHUB_OUTPUT=$folder/outputs GITHUB_STEP_SUMMARY=$folder/change-summary
  export GITHUB_EVENT_NAME=pull_request GITHUB_EVENT_PATH=$folder/pull_request.json GITHUB_BASE_REF=main GITHUB_HEAD_REF=change
  action() { : >"$folder/change-summary"; python3 "$root/Tests/Integrations/host.py" "$folder/comments.json" "$root/.github/actions/clm-doctor/check.sh" >"$folder/out" 2>&1; }
  comment() { python3 -c 'import json, sys; all = json.load(open(sys.argv[1])); print(len(all), all[-1]["author"], all[0]["body"].split("\n")[1], all[-1]["body"])' "$folder/comments.json"; }
  action; expect "status of a pull request" $? 0
  holds "its comment" "$(comment)" "2 writer not ours <!-- clm-doctor impact -->"
  holds "its comment" "$(comment)" "| page.Dockerfile | **fast** |"
  holds "the summary of a pull request" "$(cat "$folder/change-summary")" "| page.Dockerfile | **fast** |"
  # The build of this job: what was predicted, what it did, and why.
  printf '%s\n' '{"vertexes":[{"digest":"a","name":"[1/2] FROM debian:12","started":"2026-11-30T10:00:00Z","completed":"2026-11-30T10:00:01Z"}]}' \
    '{"vertexes":[{"digest":"b","inputs":["a"],"name":"[2/2] COPY page /page","started":"2026-11-30T10:00:01Z","completed":"2026-11-30T10:00:03Z"}]}' >"$folder/build.log"
  INPUT_RECORD=$folder/build.log action; expect "status of a pull request with a build" $? 0
  holds "the prediction beside the build" "$(cat "$folder/change-summary")" "| page.Dockerfile | **fast** |"
  holds "the time of the build" "$(cat "$folder/change-summary")" '| \[2/2\] COPY page /page | 2.0 s |'
  holds "the reason of the build" "$(cat "$folder/change-summary")" "page differs between"
  echo "$bad" >Dockerfile && git commit -q -a -m 'a problem'
  action; expect "status of a pull request with a problem" $? 1
  holds "its annotation" "$(cat "$folder/out")" "::error file=Dockerfile,line=2,"
  holds "its comment, which is no further one" "$(comment)" "2 writer"
  holds "its comment" "$(comment)" "| Dockerfile | not predicted |"
  git checkout -q main && git checkout -q -B change
  action; expect "status of a change that takes it back" $? 0
  holds "its comment" "$(comment)" "All 2 builds stay cached."
  rm "$folder/comments.json"
  action; [ "$(cat "$folder/comments.json")" = "[]" ]; expect "a comment that says nothing is not made" $? 0
  echo newer >page && git commit -q -a -m 'newer page'
  for token in '' reader; do       # of a fork: none, or one that may not write
    INPUT_TOKEN=$token action; expect "status of a pull request from a fork" $? 0
    expect "comments of a fork" "$(cat "$folder/comments.json")" "[]"
    holds "the summary of a fork" "$(cat "$folder/change-summary")" "| page.Dockerfile | **fast** |"
  done
  holds "what the log says then" "$(cat "$folder/out")" "the pull request has no comment; the job's summary has what it would say"
  git update-ref -d refs/remotes/origin/main
  action; expect "status without the history" $? 0
  holds "what the log says then" "$(cat "$folder/out")" "origin/main is not in this clone"
  export GITHUB_EVENT_NAME=push GITHUB_EVENT_PATH=$folder/push.json GITHUB_BASE_REF='' GITHUB_HEAD_REF=''
  action; expect "status of a push" $? 0
  expect "comments of a push" "$(cat "$folder/comments.json")" "[]"
  holds "the summary of a push" "$(cat "$folder/change-summary")" "| page.Dockerfile | **fast** |"
  printf '{"after":"x","before":"%s"}' "$before" >"$folder/push.json"
  action; holds "the summary of a push told in one line" "$(cat "$folder/change-summary")" "| page.Dockerfile | **fast** |"

  # GitLab's job in a merge request: its commands as a runner's shell runs them.
  python3 - "$root/.gitlab/clm-doctor.gitlab-ci.yml" >"$folder/job.sh" <<'END'
import sys
from ruamel.yaml import YAML
job = YAML(typ="safe").load(open(sys.argv[1]))
print("set -e")
for name, value in job["variables"].items(): print(f': "${{{name}={value}}}"')
for line in [*job["clm-doctor"]["before_script"], *job["clm-doctor"]["script"]]: print(line)
END
  echo '[{"id": 1, "author": "somebody", "body": "<!-- clm-doctor impact -->\nnot ours"}]' >"$folder/comments.json"
  export CI_MERGE_REQUEST_DIFF_BASE_SHA=$before
  job() { python3 "$root/Tests/Integrations/host.py" "$folder/comments.json" sh "$folder/job.sh" >"$folder/out" 2>&1; }
  job; expect "status of a merge request" $? 0
  holds "what its log says" "$(cat "$folder/out")" "page.Dockerfile  fast"
  holds "its notes without a token" "$(comment)" "1 somebody"
  CLM_DOCTOR_RECORD=$folder/build.log job; expect "status of a merge request with a build" $? 0
  holds "the prediction beside the build" "$(cat "$folder/out")" "page.Dockerfile  fast"
  holds "the time of the build" "$(cat "$folder/out")" "COPY page /page"
  holds "the reason of the build" "$(cat "$folder/out")" "page differs between"
  export CLM_DOCTOR_TOKEN=writer
  job; expect "status of a merge request with a token" $? 0
  job; expect "status of the same again" $? 0
  holds "its note" "$(comment)" "2 writer not ours <!-- clm-doctor impact -->"
  holds "its note" "$(comment)" "| page.Dockerfile | **fast** |"
  exit $failed
) || failed=$((failed + $?))

# GitLab's job judges what a merge request brings; its report has all, as GitLab compares it with the target branch's.
repository "$folder/target" "$bad"
(
  cd "$folder/target" || exit 1
  git commit -q --allow-empty -m more
  CI_MERGE_REQUEST_DIFF_BASE_SHA=$(git rev-parse HEAD~1) sh "$folder/job.sh" >"$folder/out" 2>&1; expect "status of a merge request on known findings" $? 0
  holds "its report" "$(cat gl-code-quality-report.json)" '"check_name": "mount-syntax"'
  sh "$folder/job.sh" >"$folder/out" 2>&1; expect "status of the branch" $? 1
  holds "its log" "$(cat "$folder/out")" "[mount-syntax]"
  exit $failed
) || failed=$((failed + $?))

# pre-commit itself, with this repository's hooks as they are now.
repository "$folder/hooks" "$good"
mkdir "$folder/hooks/.ci" && cp .ci/hook .ci/program "$folder/hooks/.ci/" && cp .pre-commit-hooks.yaml "$folder/hooks/" && git -C "$folder/hooks" add . && git -C "$folder/hooks" commit -q -m hooks
repository "$folder/user" "$bad"
cat >"$folder/user/.pre-commit-config.yaml" <<END
repos:
  - repo: $folder/hooks
    rev: $(git -C "$folder/hooks" rev-parse HEAD)
    hooks:
      - id: clm-doctor
      - id: clm-doctor-impact
END
export PRE_COMMIT_HOME=$folder/pre-commit
(
  cd "$folder/user" || exit 1
  git add . && git commit -q -m config
  out=$(pre-commit run --all-files clm-doctor 2>&1); expect "status of pre-commit with a finding" $? 1
  holds "pre-commit's report" "$out" "Dockerfile:2:24: error mount-syntax"
  echo "$good" >Dockerfile; git add .
  out=$(pre-commit run 2>&1); expect "status of pre-commit when it is repaired" $? 0
  holds "pre-commit's report" "$out" "2 of 2 steps run again"
  git commit -q -m repaired
  echo x >other.txt; git add .
  out=$(pre-commit run clm-doctor 2>&1); holds "pre-commit where nothing concerns builds" "$out" "Skipped"
  exit $failed
) || failed=$((failed + $?))

# Completions: each shell is asked for the same words.
lines=('clm-doctor che' 'clm-doctor check --format js' 'clm-doctor --only ca' 'clm-doctor fix --skip cache,apt-d' 'clm-doctor api --for'
  'clm-doctor explain context-f' 'clm-doctor impact pa' 'clm-doctor replay pa' 'clm-doctor impact --base ma' 'clm-doctor impact --explain "1')
wanted=(checks jsonl cache-mount-missing cache,apt-docker-clean --format context-file page.Dockerfile page.Dockerfile main 1/2)
cat >"$folder/complete.bash" <<'END'
source "$1"
function=$(complete -p clm-doctor | sed -n "s/.*-F \([^ ]*\).*/\1/p")
for line in "${@:2}"; do
  read -ra COMP_WORDS <<<"${line//\"/}"
  COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMP_LINE=$line COMP_POINT=${#line} COMPREPLY=()
  "$function" clm-doctor "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
  echo "${COMPREPLY[*]}"
done
END
# zsh completes only where somebody types: in a pseudo terminal. `END` is printed when it has, so that nothing waits by the clock.
cat >"$folder/complete.zsh" <<'END'
zmodload zsh/zpty
zpty terminal zsh -f -i
zpty -w terminal "stty -echo; PS1= PS2= RPS1= ; fpath=($1 \$fpath); autoload -Uz compinit; compinit -u -D; LISTMAX=10000"
zpty -w terminal "done-completing() { zle kill-buffer; print END }; zle -N done-completing; bindkey '^I' complete-word '^G' done-completing; print START"
zpty -r terminal out '*START*START*' || exit
for line in "${@[2,-1]}"; do
  zpty -w -n terminal $line$'\t\t\a'
  zpty -r terminal out '*END*' && print -r -- "${out//$'\n'/ }"
done
zpty -d terminal
END
cat >"$folder/complete.fish" <<'END'
source $argv[1]
for line in $argv[2..]
    complete -C $line | cut -f 1 | string join ' '
end
END
completes() {   # completes SHELL COMMAND...: prints a line for each of the lines
  local shell=$1 found
  shift
  if ! command -v "$shell" >/dev/null; then echo "not here: $shell, to complete commands"; return; fi
  mapfile -t found < <(cd "$folder/change" && timeout 100 "$@" "${lines[@]}" 2>&1)
  for index in "${!lines[@]}"; do holds "$shell's completions of ${lines[index]}" "${found[index]:-}" "${wanted[index]}"; done
}
mkdir "$folder/zsh"
clm-doctor --generate-completion-script bash >"$folder/completion.bash"
clm-doctor --generate-completion-script zsh >"$folder/zsh/_clm-doctor"
clm-doctor --generate-completion-script fish >"$folder/completion.fish"
completes bash bash "$folder/complete.bash" "$folder/completion.bash"
completes zsh zsh -f "$folder/complete.zsh" "$folder/zsh"
completes fish fish --no-config "$folder/complete.fish" "$folder/completion.fish"

# The plugin, called by docker.
if [ -z "${CLM_DOCTOR_ENGINE:-}" ] && [ "$(id -u)" = 0 ] && [ -e /etc/debian_version ]; then
  eval "$(Tests/Support/engine.sh client forky)" || failed=$((failed + 1))
fi
if command -v docker >/dev/null; then
  mkdir -p "$folder/docker/cli-plugins"
  ln -s "$folder/bin/clm-doctor" "$folder/docker/cli-plugins/docker-doctor"
  export DOCKER_CONFIG=$folder/docker
  expect "docker doctor --version" "$(docker doctor --version 2>&1)" "$(clm-doctor --version)"
  holds "docker help doctor" "$(docker help doctor 2>&1)" "USAGE:"
  holds "docker doctor --help" "$(docker doctor --help 2>&1)" "USAGE:"
  holds "docker's list of plugins" "$(docker --help 2>&1)" "doctor*"
  docker doctor "$folder/action" --no-host >"$folder/out" 2>&1; expect "status of docker doctor" $? 1
  docker --context nowhere doctor --version >"$folder/out" 2>&1; expect "status with an option of docker's" $? 0
else
  echo "not here: a docker client, to call its plugin"
fi

[ $failed = 0 ] && echo "the integrations work"
exit $((failed > 0))

#!/bin/bash
# What the checks of the Docker host claim of engines, tried on engines 20.10, 26.1 and 28.5: what the engine does, and
# what the debug binary says of it. Needs root (Tests/Support/engine.sh).
set -u
cd "$(dirname "$0")/../.." || exit 1
doctor=$PWD/.build/debug/clm-doctor
folder=$(mktemp -d)
project=$folder/project
engine=Tests/Support/engine.sh
name=claims-$$
stop() { $engine stop "$name" 2>/dev/null; $engine stop "$name-client" 2>/dev/null; rm -rf "$folder"; }
trap stop EXIT
mkdir "$project"
printf 'FROM scratch\nCOPY Dockerfile /\n' >"$project/Dockerfile"
passed=0 failed=0

expect() {      # expect WHAT ACTUAL WANTED: a pattern of grep -E, or !PATTERN
  local found=yes wanted=yes
  [ "${3:0:1}" != ! ] || wanted=no
  grep -qE -- "${3#!}" <<<"$2" || found=no
  if [ $found = $wanted ]; then passed=$((passed + 1))
  else failed=$((failed + 1)); printf '%s: not %s\n%s\n' "$1" "$3" "$2"; fi
}

# The newest client, which knows most, is the one that asks all engines; it comes with an engine of its own.
eval "$($engine start "$name-client" forky)" || exit 1
client=$CLM_DOCTOR_ENGINE

with() {        # with SUITE DAEMON_JSON: an engine; its client is then ./bin/docker, what it says of its rules in $rules
  $engine stop "$name"
  echo "$2" >"$folder/daemon.json"
  rules="" started=no
  environment=$($engine start "$name" "$1" "$folder/daemon.json" 2>"$folder/error") || return 0
  started=yes
  socket=$(sed -n 's/^export DOCKER_HOST=//p' <<<"$environment")
  mkdir -p "$folder/bin"
  sed "s#DOCKER_HOST=[^ ]*#DOCKER_HOST=$socket#; s# DOCKER_BUILDKIT=1##" "$client" >"$folder/bin/docker"
  chmod +x "$folder/bin/docker"
  rules=$("$folder/bin/docker" buildx ls --format json |
    python3 -c 'import json, sys; print(json.dumps(json.loads(sys.stdin.readline())["Nodes"][0].get("GCPolicy")))')
}

says() {        # what the doctor says of the host
  env -u DOCKER_HOST -u DOCKER_CONFIG PATH="$folder/bin:/usr/bin:/bin" "$doctor" --only host,buildkit-off --format concise \
    --host-timeout 60 --fail-on never "$project" 2>&1
}

for suite in bookworm trixie; do
  with $suite '{}'
  expect "$suite: no rules unless asked for" "$rules" '^null$'
  expect "$suite: said" "$(says)" 'docker host: info gc-disabled: .* is off:'
done
with forky '{}'
expect "28.5: rules by default" "$rules" '"all": true'
expect "28.5: said" "$(says)" '!gc-disabled'
expect "28.5: the default rule for mounts is one joined filter" "$rules" 'type==source.local,type==exec.cachemount'
expect "28.5: so mounts are safe" "$(says)" '!gc-mount-48h'
with forky '{"builder": {"gc": {"enabled": false}}}'
expect "28.5: off when told so" "$rules" '^null$'
expect "28.5: said" "$(says)" 'gc-disabled: .* is off by daemon.json'

for suite in trixie forky; do
  with $suite '{"builder": {"gc": {"enabled": true, "policy": [{"keepStorage": "10GB", "keepDuration": "48h"}]}}}'
  expect "$suite: keepDuration is passed over" "$rules" '"keepDuration": 0'
  expect "$suite: said" "$(says)" 'daemon.json:1:[0-9]+: warning gc-keepduration-ignored'
  with $suite '{"builder": {"gc": {"enabled": true, "policy": [{"keepStorage": "10GB", "filter": ["unused-for=48h"]}]}}}'
  expect "$suite: unused-for is an age" "$rules" '"keepDuration": 1728'
  with $suite '{"builder": {"gc": {"enabled": true, "policy": [{"keepStorage": "10GB", "filter": ["type=regular,type=source.local"]}]}}}'
  for _ in $(seq 50); do grep -q 'gc error' "${client%/engine-*}/engine-$name/log" && break; sleep 0.2; done
  expect "$suite: the collection fails" "$(cat "${client%/engine-*}/engine-$name/log")" 'gc error: filters: parse error'
  expect "$suite: said" "$(says)" 'daemon.json:1:[0-9]+: error gc-filter-and: .*nothing is ever deleted'
  with $suite '{"builder": {"gc": {"enabled": true, "policy": [{"keepStorage": "10GB", "filter": ["type=regular", "type=source.local"]}]}}}'
  expect "$suite: two values of one key" "$started" no
  with $suite '{"builder": {"gc": {"defaultKepStorage": "1GB"}}, "features": {"buildkit": false}}'
  expect "$suite: misspelt below builder.gc" "$started" yes
  found=$(says)
  expect "$suite: said" "$found" 'warning daemon-config-invalid: The engine passes over `defaultKepStorage`'
  expect "$suite: said of features.buildkit" "$found" 'info daemon-buildkit-feature: .*no effect'
  expect "$suite: BuildKit all the same" "$("$folder/bin/docker" build "$project" 2>&1)" 'exporting layers'
done

with trixie '{"builder": {"gc": {"enabled": true, "defaultReservedSpace": "1GB"}}}'
expect "26.1: a new name is passed over" "$rules" '!"reservedSpace": 1073741824'
expect "26.1: said" "$(says)" 'warning gc-renamed: .*ignores it'
with trixie '{"builder": {"gc": {"enabled": true, "policy": [{"maxUsedSpace": "10GB"}]}}}'
expect "26.1: a rule with new names alone" "$started" no
with forky '{"builder": {"gc": {"defaultKeepStorage": "1GB"}}}'
expect "28.5: an old name is reserved space" "$rules" '"reservedSpace": 1073741824'
expect "28.5: said" "$(says)" 'info gc-renamed: .*defaultReservedSpace'
with forky '{"storage-driver": "vfs"}'
expect "vfs: said" "$(says)" 'error storage-vfs'

# The cache: what is said to be in it, and that the commands which are advised do what is said.
with forky '{}'
$engine image "$name" trixie base >/dev/null
cat >"$project/Dockerfile" <<'END'
FROM base
RUN --mount=type=cache,target=/data head -c 3000000 /dev/urandom >/data/x
RUN head -c 2000000 /dev/urandom >/y
END
build() { "$folder/bin/docker" build --network=host -q "$@" "$project" >/dev/null; }
cache() (
  cd "$project" && env -u DOCKER_HOST -u DOCKER_CONFIG PATH="$folder/bin:/usr/bin:/bin" "$doctor" cache --host-timeout 60 "$@" 2>&1
)
build
found=$(cache --format concise)
expect "a mount and the step that declares it" "$found" 'exec.cachemount	3000000	.*	Dockerfile:2	'
id=$(grep exec.cachemount <<<"$found" | cut -f2)
printf 'FROM base\nRUN --mount=type=cache,target=/other head -c 3000000 /dev/urandom >/data/x\n' >"$project/Dockerfile"
expect "a mount that moved" "$(says)" "info mount-orphan: .*//data"
"$folder/bin/docker" buildx prune --force --filter "id=$id" >/dev/null
expect "the advised filter deletes it" "$(cache --format concise)" '!exec.cachemount'
printf 'FROM base\nRUN --mount=type=cache,target=/data head -c 3000000 /dev/urandom >/data/x\n' >"$project/Dockerfile"
build --no-cache
advice=$(cache --advise --to 1MB)
expect "past builds are not asked for" "$(cache --history)" 'can stop Docker Engine 28.0 to 29.3, and this is 28.5.2'
expect "and it is said to users" "$(says)" 'info history-stops-engine: .*Docker Engine 28.5.2'
expect "advice of this version" "$advice" 'docker buildx prune --max-used-space 1000000'
# shellcheck disable=SC2046
"$folder/bin/docker" $(sed -n 's/^ *docker //p' <<<"$advice") --force >/dev/null
expect "the advised command reaches its goal" "$(cache --advise --to 1MB)" 'not larger than that'

# A builder of another machine: the engine's BuildKit, served as buildkitd serves it.
build --no-cache
python3 Tests/Support/buildkit_socket.py "${socket#unix://}" "$folder/buildkit.sock" &
server=$!
until [ -S "$folder/buildkit.sock" ]; do kill -0 $server || break; sleep 0.1; done
"$folder/bin/docker" buildx create --name far --driver remote "unix://$folder/buildkit.sock" >/dev/null
found=$(cache --builder far --format concise)
expect "a remote builder's mount and its step" "$found" '^far	.*	exec.cachemount	3000000	.*	Dockerfile:2	'
expect "a remote builder is one in the listing" "$(cache)" '^Builder far \(remote\)'
expect "nor its past builds, while its version is unknown" "$(cache --history --builder far)" 'does not tell its version'
expect "a remote builder's command names it" "$(cache --builder far --advise --to 1MB)" 'docker buildx prune --builder=far '
expect "nothing is deleted where nobody can be asked" "$(cache --builder far --advise --to 1MB --apply </dev/null)" 'nothing was deleted'
expect "nor was it" "$(cache --builder far --format concise)" 'exec.cachemount'
expect "--apply deletes there" "$(cache --builder far --advise --to 1MB --apply --yes)" 'Deleted from builder far: '
expect "--apply reaches its goal" "$(cache --builder far --advise --to 1MB)" 'not larger than that'
"$folder/bin/docker" buildx rm far >/dev/null 2>&1
kill $server

# A builder in a container: started, asked and stopped by buildx's own driver. The image stands in for moby/buildkit, which is
# not to be had here: its buildctl reaches the engine's BuildKit.
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
python3 Tests/Support/buildkit_socket.py "${socket#unix://}" "127.0.0.1:$port" &
server=$!
mkdir "$folder/image"
printf 'FROM base\nCOPY --chmod=755 buildkitd buildctl /usr/bin/\nENTRYPOINT ["buildkitd"]\n' >"$folder/image/Dockerfile"
printf '#!/bin/sh\nexec sleep infinity\n' >"$folder/image/buildkitd"
cat >"$folder/image/buildctl" <<END
#!/bin/bash
case "\$*" in *dial-stdio*) ;; *) exit 0 ;; esac
exec 3<>/dev/tcp/127.0.0.1/$port || exit 1
cat <&3 &
exec cat >&3
END
"$folder/bin/docker" build -q -t buildkit "$folder/image" >/dev/null
"$folder/bin/docker" buildx create --use --name boxed --driver docker-container --driver-opt image=buildkit,network=host >/dev/null
expect "a builder that was never started" "$(says)" 'info builder-stopped: Builder boxed, .*does not run'
"$folder/bin/docker" buildx inspect --bootstrap boxed >/dev/null 2>&1
found=$(says)
expect "the advised command starts it" "$found" '!builder-stopped'
expect "the volume of a builder that is known" "$found" '!builder-orphan-volume'
build --no-cache
expect "a builder in a container is one in the listing" "$(cache)" '^Builder boxed \(docker-container\)'
expect "its mount and the step" "$(cache --builder boxed --format concise)" '^boxed	.*	exec.cachemount	3000000	.*	Dockerfile:2	'
expect "the command for the builder in use" "$(cache --builder boxed --advise --to 1MB)" 'docker buildx prune --max-used-space 1000000'
expect "nor its past builds, while its version is unknown" "$(cache --history --builder boxed)" 'does not tell its version'
"$folder/bin/docker" buildx stop boxed
expect "a builder that was stopped" "$(says)" 'info builder-stopped: Builder boxed, .*does not run'
expect "its cache is not asked for" "$(cache)" '!^Builder boxed'
"$folder/bin/docker" buildx rm --keep-state boxed >/dev/null 2>&1
expect "the volume of a builder that is gone" "$(says)" 'info builder-orphan-volume: Volume buildx_buildkit_boxed0_state '
"$folder/bin/docker" volume rm buildx_buildkit_boxed0_state >/dev/null
expect "the advised command deletes it" "$(says)" '!builder-orphan-volume'
kill $server

# Past builds. Engine 26.1 lists them without harm.
with trixie '{}'
$engine image "$name" trixie base >/dev/null
printf 'FROM base\nRUN true\n' >"$project/Dockerfile"
build --no-cache
expect "26.1: past builds" "$(cache --history --format json)" '"Dockerfile:2"'
expect "26.1: nothing is said of them" "$(says)" '!history-stops-engine'
# One of them by its id.
reference=$("$folder/bin/docker" buildx history ls --format json | python3 -c 'import json, sys; print(json.loads(sys.stdin.readline())["ref"])')
told() { (cd "$project" && env -u DOCKER_HOST -u DOCKER_CONFIG XDG_CACHE_HOME="$folder/cache" PATH="$folder/bin:/usr/bin:/bin" "$doctor" "$@" --host-timeout 60 2>&1); }
expect "26.1: timings of a build by its id" "$(told timings --all-steps "$reference")" 'RUN true'
expect "26.1: the last part of it is enough" "$(told timings --all-steps "${reference##*/}")" 'RUN true'
expect "26.1: why, against itself" "$(told why "$reference" --against "$reference")" '1 of 1 step ran'
expect "26.1: it is added to the store" "$(told records add "$reference")" '^1 build added'
expect "26.1: a build that there is none of" "$(told timings 2koxj0t6x5z2m8fg7n1qv3wya)" 'told nothing of build'
expect "26.1: two days of history by default" "$(says)" 'info build-history-short: '
with trixie '{"builder": {"history": {"maxAge": "720h", "maxEntries": 50}}}'
expect "26.1: starts with a month of history" "$started" yes
expect "26.1: and that is enough" "$(says)" '!build-history-short'

# Engine 28.5 ends when somebody lists them after a build that was read has been deleted. Armed like that, it lives through
# every command of ours that asks it; then what they do not do shows that it was armed.
with forky '{}'
$engine image "$name" trixie base >/dev/null
# The listing is sorted, and only two builds are compared.
build --no-cache
build --no-cache
reference=$("$folder/bin/docker" buildx history ls --format json | python3 -c 'import json, sys; print(json.loads(sys.stdin.readline())["ref"].split("/")[-1])')
"$folder/bin/docker" buildx history logs "$reference" >/dev/null 2>&1
"$folder/bin/docker" buildx history rm "$reference" >/dev/null 2>&1
lives() { "$folder/bin/docker" version --format '{{.Server.Version}}' 2>&1; }
for arguments in "timings $reference" "why $reference" "records add $reference"; do
  # shellcheck disable=SC2086
  expect "28.5: nobody is asked for $arguments" "$(told $arguments)" 'this is 28.5.2; 29.4 is safe'
  expect "28.5, armed: lives through $arguments" "$(lives)" '^28\.5'
done
for arguments in "--history" "--history --builder default" "" "--gc-config" "--advise --to 1MB"; do
  # shellcheck disable=SC2086
  cache $arguments >/dev/null
  expect "28.5, armed: lives through cache $arguments" "$(lives)" '^28\.5'
done
says >/dev/null
(cd "$project" && env -u DOCKER_HOST -u DOCKER_CONFIG PATH="$folder/bin:/usr/bin:/bin" "$doctor" check --host-timeout 60 >/dev/null 2>&1
  env -u DOCKER_HOST -u DOCKER_CONFIG PATH="$folder/bin:/usr/bin:/bin" "$doctor" impact >/dev/null 2>&1)
expect "28.5, armed: lives through check and impact" "$(lives)" '^28\.5'
"$folder/bin/docker" buildx history ls >/dev/null 2>&1
for _ in $(seq 50); do lives | grep -q '^28' || break; sleep 0.2; done
expect "28.5, armed: docker buildx history ls ends it" "$(lives)" '!^28\.5'

# The policy: the diff is one that `patch` takes, and the engine starts with what it makes and has its rules.
for suite in bookworm trixie forky; do
  with $suite '{"debug": true}'
  cache --gc-config --format concise >"$folder/policy.diff"
  configured=$(patch --quiet --output=- "$folder/daemon.json" "$folder/policy.diff")
  with $suite "$configured"
  expect "$suite: starts with the policy" "$started" yes
  expect "$suite: what is old goes first" "$rules" '"keepDuration": 1209600'
  expect "$suite: two rules" "$rules" '^\[\{[^}]*\}, \{"all": true[^}]*\}\]$'
  expect "$suite: the rest of the file stays" "$configured" '"debug": true'
  expect "$suite: nothing to change" "$(cache --gc-config)" 'says so already'
done

echo "$passed claims hold, $failed do not"
[ $failed = 0 ]

#!/bin/bash
# Builds, runs and pushes the images for real, on a Docker Engine of its own: Tests/Images/run.sh
# machine.sh says what is stood in for. Needs root on Debian, python3, curl, docker-registry; several minutes.
# shellcheck disable=SC2016  # Single quotes are meant: texts and other shells expand these.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=Tests/Images/machine.sh
. Tests/Images/machine.sh

failures=0
checks=0
check() { # check WHAT COMMAND...
    local what=$1
    shift
    checks=$((checks + 1))
    if "$@" >"$scratch/check" 2>&1; then
        echo "ok: $what"
    else
        echo "FAILED: $what"
        sed 's/^/    /' "$scratch/check" | tail -n 20
        failures=$((failures + 1))
    fi
}
logged() { grep -E -q -- "$1" "$log" || { tail -n 40 "$log"; false; }; }
not_logged() { ! grep -E -- "$1" "$log"; }
fails_with() { # fails_with STATUS TEXT COMMAND...
    local expected=$1 text=$2 status=0
    shift 2
    "$@" >"$scratch/output" 2>&1 || status=$?
    cat "$scratch/output"
    [ $status = "$expected" ] && grep -F -q -- "$text" "$scratch/output"
}
# summary SERVICE: "RAN CACHED" from the summary of build-services.sh.
summary() { sed -nE "s/^  $1 +built .* s  ([0-9]+) steps run, ([0-9]+) cached/\1 \2/p" "$log"; }
summary_is() { [ "$(summary "$1")" = "$2" ] || { summary "$1"; false; }; }
# ran_only PATTERN: every step that was not cached matches PATTERN, and there is one.
ran_only() {
    awk -v pattern="$1" '
        /^#[0-9]+ \[[^]]*[0-9]+\/[0-9]+\] (RUN|COPY|ADD|WORKDIR) / { name = $0; sub(/^#[0-9]+ /, "", name); step[$1] = name }
        /^#[0-9]+ CACHED/ { cached[step[$1]] = 1 }
        END { for (id in step) if (!(step[id] in cached)) { ran++; if (step[id] !~ pattern) { print step[id]; bad = 1 } }
              if (!ran) print "no step ran"; exit bad || !ran }' "$log"
}
# apt_downloads_less_than KILOBYTES: of what apt had to install, less than this came over the network.
apt_downloads_less_than() {
    grep -E 'Need to get|Fetched' "$log"
    python3 - "$log" "$1" <<'END'
import re, sys
text = open(sys.argv[1], encoding="utf-8", errors="replace").read()
unit = {"B": 0.001, "kB": 1, "MB": 1000, "GB": 1000000}
needs = re.findall(r"Need to get ([0-9.,]+) (B|kB|MB|GB)(?:/[0-9.,]+ (?:B|kB|MB|GB))? of archives", text)
total = sum(float(number.replace(",", "")) * unit[name] for number, name in needs)
sys.exit(not needs or total >= float(sys.argv[2]))
END
}
build() { ./build-services.sh --network=host "$@" >"$log" 2>&1 || { tail -n 60 "$log"; false; }; }
# run_image SERVICE ARGUMENT...: as a user would, in a folder that belongs to user 1000.
run_image() {
    local image=clm-$1
    shift
    docker run --rm --network=none --volume /run/engine/work:/work "$image" "$@"
}
fresh_work() {
    rm -rf "$shared/work"
    mkdir -p "$shared/work"
    if [ $# -gt 0 ]; then cp "$@" "$shared/work/"; fi
    chown -R 1000:1000 "$shared/work"
}
belongs_to_1000() { [ "$(stat -c %u:%g "$shared/work/$1")" = 1000:1000 ]; }

start_machine images
log=$scratch/log
tree=$scratch/tree
copy_tree "$tree"
cd "$tree"

echo "== Scripts without images"
check "pushing what is not built is refused before anything is pushed" fails_with 3 \
    "build it first: ./build-services.sh drawio-converter notebook-processor plantuml-converter" ./push-services.sh nobody

echo "== plantuml-converter: Debian's packages and PyPI, for real"
make_debian_base
check "build-services.sh plantuml-converter builds" build plantuml-converter
check "progress says which of how many" logged '^\[1/1\] Building plantuml-converter$'
check "the first build runs every step" summary_is plantuml-converter "6 0"
check "pip downloads" logged 'Downloading click-'
check "pip may use its cache" not_logged 'cache has been disabled|not owned or is not writable'
check "docker knows both names" docker image inspect clm-plantuml-converter clm-plantuml-converter:0.3.0
label() { docker image inspect --format "{{index .Config.Labels \"org.opencontainers.image.$1\"}}" clm-plantuml-converter; }
check "the label has the version" test "$(label version)" = 0.3.0
check "it does not run as root" test "$(docker image inspect --format '{{.Config.User}}' clm-plantuml-converter)" = 1000:1000
printf '@startuml\nclass A\nclass B\nA <|-- B\n@enduml\n' >"$scratch/diagram.puml"
printf '@startuml\nfoo bar\n@enduml\n' >"$scratch/wrong.puml"
fresh_work "$scratch/diagram.puml" "$scratch/wrong.puml"
check "it converts a diagram" run_image plantuml-converter diagram.puml
check "the result is an SVG" grep -q '<svg' "$shared/work/diagram.svg"
check "the result belongs to the user of the folder" belongs_to_1000 diagram.svg
check "a wrong diagram is named, the other one is converted" fails_with 1 "error: wrong.puml:2: Syntax Error?" \
    run_image plantuml-converter --format png .
check "the other one is there" test -s "$shared/work/diagram.png"
fresh_work "$scratch/diagram.puml"
install -m 600 "$scratch/diagram.puml" "$shared/work/locked.puml"
install -d -m 700 "$shared/work/locked"
check "a file that may not be read is named" fails_with 1 "error: locked.puml: cannot be read: Permission denied" \
    run_image plantuml-converter locked.puml diagram.puml
check "the other one is there" test -s "$shared/work/diagram.svg"
check "a folder that may not be searched is named" fails_with 1 "error: locked: cannot be searched: Permission denied" \
    run_image plantuml-converter locked
check "so is a file in it" fails_with 1 "error: locked/x.puml: no such file" run_image plantuml-converter locked/x.puml
check "a mount that is read-only: a clear error" fails_with 1 "cannot write /work: Read-only file system" \
    docker run --rm --network=none --volume /run/engine/work:/work:ro clm-plantuml-converter diagram.puml
python3 - >"$scratch/huge.puml" <<'END'
print("@startuml")
for n in range(3000):
    print(f"C{n} --> C{n * 7919 % 3000}\nC{n} --> C{n * 104729 % 3000}")
print("@enduml")
END
fresh_work "$scratch/huge.puml"
check "a diagram that takes too long is stopped" fails_with 1 "error: huge.puml: plantuml took longer than 5 s and was stopped" \
    run_image plantuml-converter --timeout 5 huge.puml
check "Ctrl-C stops it" fails_with 130 "error: interrupted" timeout --preserve-status --signal=INT 15 \
    docker run --rm --network=none --volume /run/engine/work:/work clm-plantuml-converter huge.puml
check "neither leaves anything behind" test "$(ls -A "$shared/work")" = huge.puml
fresh_work "$scratch/diagram.puml"
chown -R 0:0 "$shared/work"
check "a folder of somebody else: the remedy is named" fails_with 1 '--user "$(id -u):$(id -g)"' \
    run_image plantuml-converter diagram.puml
check "without arguments it helps" fails_with 0 "Usage: plantuml-converter" run_image plantuml-converter

echo "== Rebuilds"
serve_index
make_debian_base
check "build on a base image that changed (it names the package index on loopback)" build plantuml-converter
check "all steps run" summary_is plantuml-converter "6 0"
check "apt downloads no package" apt_downloads_less_than 1
check "pip asks the index on loopback" grep -q '^file .* click-' "$index_log"
check "second build" build plantuml-converter
check "nothing changed: all steps cached" summary_is plantuml-converter "0 6"
echo '# a change' >>services/plantuml-converter/src/plantuml_converter/converter.py
check "build after a change of code" build plantuml-converter
check "only the code is copied again" ran_only 'COPY (clm-common|services/plantuml-converter)/src |WORKDIR'
echo '# a change' >README.md
mkdir clm-common/src/clm_common.egg-info clm-common/src/clm_common/__pycache__
touch clm-common/src/clm_common.egg-info/PKG-INFO clm-common/src/clm_common/__pycache__/cli.pyc
check "build after a change of another file, and with what Python leaves behind" build plantuml-converter
check "files that no image needs change nothing" summary_is plantuml-converter "0 6"
echo '# a change' >>services/plantuml-converter/requirements.txt
check "build after a change of requirements" build plantuml-converter
check "apt does not run again" not_logged 'Need to get'
check "pip takes all from its cache" logged 'Using cached .*click-'
check "pip downloads nothing" not_logged 'Downloading '
sed -i 's/^        graphviz \\/        graphviz \\\n        hostname tree \\/' docker/plantuml/Dockerfile
check "build after a change of system packages" build plantuml-converter
check "apt takes from its cache what it has (of some 100 MB, less than 1 MB is downloaded)" apt_downloads_less_than 1000
check "pip downloads nothing" not_logged 'Downloading '

echo "== Repairs: the same images without a cache mount, after clm-doctor --fix --unsafe-fixes"
copy_tree "$scratch/stripped"
cd "$scratch/stripped"
strip_mounts docker/*/Dockerfile
doctor() { "$root/.build/debug/clm-doctor" check --no-host --only cache "$@"; }
has_mounts() { # has_mounts IMAGE TEXT...: each text is in its Dockerfile
    local file=docker/$1/Dockerfile text
    shift
    for text in "$@"; do grep -F -- "$text" "$file" || { cat "$file"; false; } || return; done
}
apt_caches=('--mount=type=cache,target=/var/cache/apt,sharing=locked' '--mount=type=cache,target=/var/lib/apt/lists,sharing=locked'
    "rm -f /etc/apt/apt.conf.d/docker-clean && apt-get update")
check "it finds them" fails_with 0 cache-mount-missing doctor --fail-on never
check "and repairs them" fails_with 0 "fixed: docker/plantuml/Dockerfile" doctor --fix --unsafe-fixes
check "plantuml's mounts are back" has_mounts plantuml "${apt_caches[@]}" "--mount=type=cache,target=/root/.cache/pip "
check "draw.io's too" has_mounts drawio "${apt_caches[@]}" "--mount=type=cache,target=/root/.cache/pip "
check "and the notebooks', which belong to their user" has_mounts notebook \
    --mount=type=cache,target=/opt/conda/pkgs,uid=57439,gid=57439,sharing=locked \
    --mount=type=cache,target=/home/mambauser/.cache/pip,uid=57439,gid=57439
check "a second run changes nothing" fails_with 0 "Nothing to fix." doctor --fix --unsafe-fixes
docker tag "debian:$debian" debian:before
check "what was repaired builds" build plantuml-converter
make_newer_base "debian:$debian" "debian:$debian"
check "it builds again, on a base image that changed" build plantuml-converter
check "all steps run" summary_is plantuml-converter "6 0"
check "apt's mounts are used: it downloads no package" apt_downloads_less_than 1
check "and pip's" logged 'Using cached .*click-'
fresh_work "$scratch/diagram.puml"
check "the image converts" run_image plantuml-converter diagram.puml
docker tag debian:before "debian:$debian"
cd "$tree"

echo "== draw.io: everything but the program itself"
serve_drawio
check "a wrong checksum is refused" fails_with 1 "digest mismatch" \
    ./build-services.sh --network=host "${drawio_arguments[@]}" --build-arg "DRAWIO_SHA256_AMD64=$(printf '0%.0s' $(seq 64))" \
    --build-arg "DRAWIO_SHA256_ARM64=$(printf '0%.0s' $(seq 64))" drawio-converter
check "build-services.sh drawio-converter builds" build "${drawio_arguments[@]}" drawio-converter
check "apt's and pip's caches serve both images" logged 'Using cached .*click-'
printf '<mxfile><diagram name="One"/><diagram name="Two"/></mxfile>' >"$scratch/pages.drawio"
fresh_work "$scratch/pages.drawio"
check "it converts each page, with an Xvfb of its own" run_image drawio-converter -f svg -f pdf pages.drawio
check "the results are there" grep -q Two "$shared/work/pages-2.svg" "$shared/work/pages-1.svg"
check "and belong to the user" belongs_to_1000 pages-2.pdf
check "second build" build "${drawio_arguments[@]}" drawio-converter
check "all steps cached" test "$(summary drawio-converter | cut -d ' ' -f 1)" = 0

echo "== notebook-processor: everything but conda's channel"
make_micromamba_base
check "build-services.sh notebook-processor builds" build notebook-processor
check "micromamba and pip may use their caches" not_logged 'cannot be written to|cache has been disabled|not writable'
printf '# %%%%\nimport numpy\nprint(numpy.arange(3).sum())\n' >"$scratch/lecture.py"
printf '# %%%%\necho "from bash: $((6 * 7))"\n' >"$scratch/shell.sh"
fresh_work "$scratch/lecture.py" "$scratch/shell.sh"
check "it runs notebooks with both kernels" run_image notebook-processor --execute -f notebook -f html .
check "Python's result" grep -q '"3\\n"' "$shared/work/lecture.ipynb"
check "the shell's result" grep -q 'from bash: 42' "$shared/work/shell.html"
check "they belong to the user" belongs_to_1000 lecture.ipynb
check "second build" build notebook-processor
check "all steps cached" test "$(summary notebook-processor | cut -d ' ' -f 1)" = 0
echo '# a change' >>services/notebook-processor/packages.yaml
check "build after a change of packages.yaml" build notebook-processor
check "the conda step takes its packages from /opt/conda/pkgs" logged 'Using cached .*numpy-'
check "pip takes its packages from its cache" logged 'Using cached .*jupytext-'
check "nothing is downloaded" not_logged 'Downloading '

echo "== BuildKit's own checks, bake and Compose"
for folder in drawio notebook plantuml; do
    check "docker build --check docker/$folder/Dockerfile" docker build --check --file "docker/$folder/Dockerfile" .
done
check "script, bake and Compose files state the same builds" "$root/Tests/Images/same_builds.py"
# The engine has no network of its own; --set '*.network=host' is lost by buildx 0.29.
echo 'target "service" { network = "host" }' >"$scratch/host.hcl"
echo 'services: {plantuml-converter: {build: {network: host}}}' >"$scratch/host.yaml"
bake() {
    docker buildx bake --progress=plain --allow network.host --file docker-bake.hcl --file "$scratch/host.hcl" --load \
        plantuml-converter >"$log" 2>&1 || { tail -n 30 "$log"; false; }
}
compose() {
    docker compose --progress plain --project-directory . --file compose.yaml --file "$scratch/host.yaml" \
        build plantuml-converter >"$log" 2>&1 || { tail -n 30 "$log"; false; }
}
not_rebuilt() { ! ran_only '.' >/dev/null; }
for way in bake compose; do
    docker rmi --force clm-plantuml-converter clm-plantuml-converter:0.3.0 >/dev/null
    check "docker $way builds" $way
    check "from the same steps: nothing runs again" not_rebuilt
    check "under both names" docker image inspect clm-plantuml-converter clm-plantuml-converter:0.3.0
done

echo "== Push"
port=$(free_port)
mkdir -p "$scratch/registry"
cat >"$scratch/registry.yml" <<END
version: 0.1
storage: {filesystem: {rootdirectory: $scratch/registry}}
http: {addr: 127.0.0.1:$port}
END
docker-registry serve "$scratch/registry.yml" >"$scratch/registry.log" 2>&1 &
started_pids+=($!)
wait_for "http://127.0.0.1:$port/v2/"
target=127.0.0.1:$port/team
check "push-services.sh pushes to a registry with a path" ./push-services.sh "$target" plantuml-converter
check "the registry has both tags" sh -c "curl -fsS http://$target/clm-plantuml-converter/tags/list 2>/dev/null ||
    curl -fsS http://127.0.0.1:$port/v2/team/clm-plantuml-converter/tags/list | grep -F 0.3.0 | grep -F latest"
image_id() { docker image inspect --format '{{.Id}}' "$1"; }
built=$(image_id clm-plantuml-converter)
docker rmi --force "$built" >/dev/null
for tag in 0.3.0 latest; do
    check "$tag is pulled back" docker pull --quiet "$target/clm-plantuml-converter:$tag"
    check "$tag is what was built" test "$(image_id "$target/clm-plantuml-converter:$tag")" = "$built"
done
fresh_work "$scratch/diagram.puml"
check "the pulled image converts" docker run --rm --network=none --volume /run/engine/work:/work \
    "$target/clm-plantuml-converter:0.3.0" diagram.puml
docker tag "$target/clm-plantuml-converter:0.3.0" clm-plantuml-converter
# The registry takes no more uploads of the second image: its folder cannot be made.
mkdir -p "$scratch/registry/docker/registry/v2/repositories/team"
touch "$scratch/registry/docker/registry/v2/repositories/team/clm-drawio-converter"
check "when a push fails, it says what was pushed" fails_with 1 \
    "Pushed before that: $target/clm-plantuml-converter:0.3.0, $target/clm-plantuml-converter:latest" \
    ./push-services.sh "$target" plantuml-converter drawio-converter

echo "$((checks - failures)) of $checks checks passed"
[ "$failures" = 0 ]

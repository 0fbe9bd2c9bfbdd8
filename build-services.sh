#!/bin/sh
# Builds the images of the CLM services. ./build-services.sh --help tells how.
set -eu

usage() {
    cat <<END
Build the images of the CLM services.

Usage: ./build-services.sh [OPTION]... [SERVICE]...

Without a SERVICE, all are built: $(service_names)

Options:
  --build-arg NAME=VALUE  set a build argument (may be given several times)
  --network MODE          network of the build steps, as in docker build (host, none, default)
  --no-cache              run every step again; the cache mounts with downloaded packages are still used
  --pull                  look for newer base images
  -h, --help              show this and exit

The images are named clm-SERVICE and clm-SERVICE:$(version).
Exit status: 0 all built, 1 a build failed, 2 wrong usage, 3 docker or BuildKit is missing.
END
}

fail() { # fail STATUS MESSAGE
    echo "error: $2" >&2
    exit "$1"
}

version() { awk '$1 == "version" { print $2 }' docker/services.txt; }
service_names() { awk '$1 == "service" { printf "%s%s", sep, $2; sep = ", " }' docker/services.txt; }
service_folder() { awk -v name="$1" '$1 == "service" && $2 == name { print $3 }' docker/services.txt; }

# count_steps LOG: "RAN CACHED", the steps of a Dockerfile in BuildKit's plain progress. An ADD of a URL shows twice
# under one name, and its download never counts as cached.
count_steps() {
    awk '
        /^#[0-9]+ \[[^]]*[0-9]+\/[0-9]+\] (RUN|COPY|ADD|WORKDIR) / {
            name = $0
            sub(/^#[0-9]+ /, "", name)
            step[$1] = name
            seen[name] = 1
        }
        /^#[0-9]+ CACHED/ && ($1 in step) { cached[step[$1]] = 1 }
        END {
            for (name in seen) { if (name in cached) kept++; else ran++ }
            print ran + 0, kept + 0
        }' "$1"
}

if [ ! -f docker/services.txt ] || [ ! -d clm-common ]; then
    fail 2 "run this from the root of the repository: the images need both services/ and clm-common/"
fi

services=
set -- "$@" --end-of-options--
while [ "$1" != --end-of-options-- ]; do
    argument=$1
    shift
    case $argument in
        -h | --help)
            usage
            exit 0
            ;;
        --no-cache | --pull) set -- "$@" "$argument" ;;
        --build-arg=* | --network=*) set -- "$@" "$argument" ;;
        --build-arg | --network)
            [ "$1" != --end-of-options-- ] || fail 2 "$argument needs a value"
            set -- "$@" "$argument" "$1"
            shift
            ;;
        -*) fail 2 "unknown option: $argument (see --help)" ;;
        *)
            [ -n "$(service_folder "$argument")" ] ||
                fail 2 "unknown service: $argument (the services are: $(service_names))"
            services="$services $argument"
            ;;
    esac
done
shift
[ -n "$services" ] || services=$(awk '$1 == "service" { print $2 }' docker/services.txt)

command -v docker >/dev/null 2>&1 || fail 3 "docker is not installed: https://docs.docker.com/engine/install/"
docker version >/dev/null 2>&1 || fail 3 "docker cannot reach its engine; docker version says why"
docker buildx version >/dev/null 2>&1 || fail 3 "BuildKit is missing: install docker's buildx plugin (docker-buildx)"
# With 0 docker would use its old builder, which knows no cache mounts.
DOCKER_BUILDKIT=1
export DOCKER_BUILDKIT

revision=$(git rev-parse HEAD 2>/dev/null || true)
total=$(($(echo "$services" | wc -w)))
log=$(mktemp)
failure=$(mktemp)
trap 'rm -f "$log" "$failure"' EXIT
trap 'exit 130' INT TERM

number=0
failed=0
summary=
for service in $services; do
    number=$((number + 1))
    folder=$(service_folder "$service")
    echo "[$number/$total] Building $service"
    started=$(date +%s)
    : >"$failure"
    {
        docker build --progress plain \
            --file "docker/$folder/Dockerfile" \
            --tag "clm-$service" \
            --tag "clm-$service:$(version)" \
            --build-arg VERSION="$(version)" \
            --build-arg REVISION="$revision" \
            "$@" . 2>&1 || echo failed >"$failure"
    } | tee "$log"
    seconds=$(($(date +%s) - started))
    if [ -s "$failure" ]; then
        failed=$((failed + 1))
        outcome="failed"
    else
        outcome="built"
    fi
    steps=$(count_steps "$log")
    line=$(printf '  %-20s %-6s %5s s  %s steps run, %s cached' "$service" "$outcome" "$seconds" "${steps% *}" "${steps#* }")
    summary="$summary$line
"
done

echo "Summary:"
printf '%s' "$summary"
[ "$failed" -eq 0 ] || fail 1 "$failed of $total builds failed"

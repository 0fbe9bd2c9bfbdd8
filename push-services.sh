#!/bin/sh
# Pushes the images of the CLM services to a registry. ./push-services.sh --help tells how.
set -eu

usage() {
    cat <<END
Push the images of the CLM services to a registry.

Usage: ./push-services.sh USER [SERVICE]...

USER is a name on Docker Hub, or any registry and path (registry.example.org/team).
Without a SERVICE, all are pushed: $(service_names)
Each image clm-SERVICE is tagged USER/clm-SERVICE:$(version) and USER/clm-SERVICE:latest, and both tags are pushed.

Options:
  -h, --help              show this and exit

Exit status: 0 all pushed, 1 a push failed, 2 wrong usage, 3 docker or an image is missing.
END
}

fail() { # fail STATUS MESSAGE
    echo "error: $2" >&2
    exit "$1"
}

version() { awk '$1 == "version" { print $2 }' docker/services.txt; }
service_names() { awk '$1 == "service" { printf "%s%s", sep, $2; sep = ", " }' docker/services.txt; }
service_folder() { awk -v name="$1" '$1 == "service" && $2 == name { print $3 }' docker/services.txt; }

if [ ! -f docker/services.txt ] || [ ! -d clm-common ]; then
    fail 2 "run this from the root of the repository: docker/services.txt names the services and the version"
fi

user=
services=
for argument in "$@"; do
    case $argument in
        -h | --help)
            usage
            exit 0
            ;;
        -*) fail 2 "unknown option: $argument (see --help)" ;;
        *)
            if [ -z "$user" ]; then
                user=${argument%/}
            else
                [ -n "$(service_folder "$argument")" ] ||
                    fail 2 "unknown service: $argument (the services are: $(service_names))"
                services="$services $argument"
            fi
            ;;
    esac
done
[ -n "$user" ] || fail 2 "say where to push: ./push-services.sh USER [SERVICE]... (see --help)"
[ -z "$(service_folder "$user")" ] || fail 2 "$user is a service; say first where to push it: ./push-services.sh USER $user"
[ -n "$services" ] || services=$(awk '$1 == "service" { print $2 }' docker/services.txt)

command -v docker >/dev/null 2>&1 || fail 3 "docker is not installed: https://docs.docker.com/engine/install/"
docker version >/dev/null 2>&1 || fail 3 "docker cannot reach its engine; docker version says why"

missing=
for service in $services; do
    docker image inspect "clm-$service" >/dev/null 2>&1 || missing="$missing $service"
done
[ -z "$missing" ] || fail 3 "no image to push; build it first: ./build-services.sh$missing"

for service in $services; do
    for tag in "$(version)" latest; do
        docker tag "clm-$service" "$user/clm-$service:$tag" >/dev/null 2>&1 ||
            fail 2 "docker takes no image name like $user/clm-$service: capital letters and most signs are not allowed"
    done
done

total=$(($(echo "$services" | wc -w)))
number=0
pushed=
for service in $services; do
    number=$((number + 1))
    echo "[$number/$total] Pushing $service"
    for tag in "$(version)" latest; do
        name="$user/clm-$service:$tag"
        if ! docker push "$name"; then
            echo "Pushed before that: ${pushed:-nothing}" >&2
            fail 1 "could not push $name (are you logged in? docker login)"
        fi
        pushed="$pushed${pushed:+, }$name"
    done
done
echo "Pushed: $pushed"

# shellcheck shell=bash disable=SC2034
# What image tests and benchmark share; sourced. A real engine, base images under the names that the Dockerfiles
# use, and copies of the tree to build from. No public image registry is needed, so some things are stand-ins:
#   - the base images: debian:trixie-slim and mambaorg/micromamba are made with debootstrap, with Debian's own
#     docker-clean hook as in the real ones, and with this machine's certificates, which pip needs here;
#   - micromamba: a script that makes /opt/conda a virtual environment and gets the packages of the same names from
#     PyPI, through /opt/conda/pkgs; conda's channel is not reachable here;
#   - draw.io: a package with services/drawio-converter/tests/drawio_stand_in.py, served on loopback;
#   - PyPI, after a first build that asks it directly: index_proxy.py on loopback, which passes everything on with the
#     Cache-Control headers that PyPI sends. A gateway that drops them (this project's own test machine has one) would
#     leave pip's cache empty whatever a Dockerfile says;
#   - the line "# syntax=docker/dockerfile:1" is taken out of the copies, since it is looked up in a registry.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
debian=trixie-slim
micromamba=2.1.1-debian12-slim

# start_machine NAME: engine, folders; stops it all when the script ends.
start_machine() {
    engine=$1
    started_pids=()
    trap stop_machine EXIT
    eval "$("$root/Tests/Support/engine.sh" start "$engine")"
    # The engine sees only its own folder, there under /run/engine: what containers mount must lie in it.
    shared=$(dirname "${DOCKER_HOST#unix://}")
    mkdir -p "$shared/work"
    scratch=$(mktemp -d)
}

stop_machine() {
    local pid
    for pid in "${started_pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    "$root/Tests/Support/engine.sh" stop "$engine"
    rm -rf "${scratch:-}"
}

# make_base TAG SUITE PACKAGES DOCKERFILE-LINES: a Debian with what the official image adds, and our certificates.
make_base() {
    local tag=$1 suite=$2 packages=$3 context=$scratch/base
    "$root/Tests/Support/engine.sh" image "$engine" "$suite" "debootstrap:$suite" "$packages" >/dev/null
    rm -rf "$context"
    mkdir "$context"
    cp "${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}" "$context/certificates.pem"
    cp "$root/Tests/Images/micromamba_stand_in.py" "$context/micromamba"
    cat >"$context/docker-clean" <<'END'
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin || true"; };
APT::Update::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin || true"; };
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
END
    {
        echo "FROM debootstrap:$suite"
        # Official images come without package lists; debootstrap leaves its own.
        echo 'RUN rm -rf /var/lib/apt/lists/* /var/cache/apt/*'
        echo 'COPY docker-clean /etc/apt/apt.conf.d/docker-clean'
        echo 'COPY certificates.pem /etc/test-certificates.pem'
        echo 'ENV PIP_CERT=/etc/test-certificates.pem PIP_DEFAULT_TIMEOUT=180'
        if [ -n "${index:-${PIP_INDEX_URL:-}}" ]; then echo "ENV PIP_INDEX_URL=${index:-$PIP_INDEX_URL}"; fi
        # pip keeps nothing that came over http, unless the host is trusted.
        if [ -n "${index:-}" ]; then echo "ENV PIP_TRUSTED_HOST=127.0.0.1"; fi
        cat
    } >"$context/Dockerfile"
    docker build --network=none --quiet --tag "$tag" "$context" >/dev/null
}

# make_newer_base TAG NEW: the same image with one more layer.
make_newer_base() {
    printf 'FROM %s\nUSER root\nRUN --network=none date +%%N >/etc/newer-base\n' "$1" |
        docker build --no-cache --quiet --tag "$2" - >/dev/null
}

make_debian_base() { make_base "debian:$debian" trixie "" </dev/null; }

make_micromamba_base() {
    make_base "mambaorg/micromamba:$micromamba" bookworm python3,python3-venv <<'END'
COPY --chmod=755 micromamba /bin/micromamba
RUN groupadd --gid 57439 mambauser && useradd --uid 57439 --gid 57439 --create-home mambauser \
    && mkdir /opt/conda && chown mambauser:mambauser /opt/conda
ENV MAMBA_ROOT_PREFIX=/opt/conda MAMBA_USER=mambauser
USER mambauser
WORKDIR /tmp
END
}

# copy_tree FOLDER: what git has of the repository, as it is on disk, without the syntax lines.
copy_tree() {
    rm -rf "$1"
    mkdir -p "$1"
    git -C "$root" ls-files -z --cached --others --exclude-standard | tar -C "$root" --null -T - -c --ignore-failed-read 2>/dev/null |
        tar -C "$1" -x
    sed -i '/^# *syntax=/d' "$1"/docker/*/Dockerfile
}

# serve_drawio: a draw.io package on loopback; sets drawio_arguments for build-services.sh.
serve_drawio() {
    local package=$scratch/drawio-package version=31.3.2 port
    mkdir -p "$package/DEBIAN" "$package/usr/bin" "$scratch/download"
    install -m 755 "$root/services/drawio-converter/tests/drawio_stand_in.py" "$package/usr/bin/drawio"
    printf 'Package: drawio\nVersion: %s\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\nDepends: python3\nDescription: stands in for draw.io\n' \
        $version >"$package/DEBIAN/control"
    SOURCE_DATE_EPOCH=0 dpkg-deb --build --root-owner-group "$package" "$scratch/download/drawio-amd64-$version.deb" >/dev/null
    cp "$scratch/download/drawio-amd64-$version.deb" "$scratch/download/drawio-arm64-$version.deb"
    port=$(free_port)
    python3 -m http.server --bind 127.0.0.1 --directory "$scratch/download" "$port" >/dev/null 2>&1 &
    started_pids+=($!)
    wait_for "http://127.0.0.1:$port/"
    local sum
    sum=$(sha256sum "$scratch/download/drawio-amd64-$version.deb" | cut -d ' ' -f 1)
    drawio_arguments=(--build-arg "DRAWIO_RELEASE=http://127.0.0.1:$port" --build-arg "DRAWIO_SHA256_AMD64=$sum"
        --build-arg "DRAWIO_SHA256_ARM64=$sum")
}

# serve_index: from here on, base images that are made name the package index on loopback; it logs to $index_log.
serve_index() {
    local port
    port=$(free_port)
    index_log=$scratch/index.log
    : >"$index_log"
    python3 -m venv "$scratch/venv"
    "$scratch/venv/bin/python" "$root/Tests/Images/index_proxy.py" "$port" "$index_log" &
    started_pids+=($!)
    wait_for "http://127.0.0.1:$port/"
    index=http://127.0.0.1:$port/simple/
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

wait_for() {
    local _
    for _ in $(seq 100); do
        curl --silent --fail --output /dev/null "$1" && return
        sleep 0.2
    done
    echo "nothing answers at $1" >&2
    return 1
}

# strip_mounts DOCKERFILE...: takes out the cache mounts and what makes them work, as if nobody had thought of them.
strip_mounts() {
    python3 - "$@" <<'END'
import re, sys
for path in sys.argv[1:]:
    with open(path, encoding="utf-8", newline="") as file:
        text = file.read()
    stripped = re.sub(r"--mount=type=cache\S*\s*(\\\n\s*)?", "", text)
    stripped = re.sub(r"rm -f /etc/apt/apt\.conf\.d/docker-clean \\\n\s*&& ", "", stripped)
    assert stripped != text and "type=cache" not in stripped and "rm -f" not in stripped, path
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(stripped)
END
}

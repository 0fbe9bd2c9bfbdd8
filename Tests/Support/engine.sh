#!/bin/bash
# A Docker Engine for tests: Debian's docker.io of any release, in a root of its own, beside whatever else is installed.
#
#   engine.sh start NAME [SUITE [DAEMON_JSON]]  start it (SUITE: bookworm 20.10, trixie 26.1, forky 28.5; default forky),
#                                              configured by a copy of the file DAEMON_JSON
#   engine.sh stop NAME                        stop it and delete all that it built
#   engine.sh image NAME SUITE TAG [PACKAGES]  give it a base image made with debootstrap (PACKAGES separated by commas)
#   engine.sh root SUITE [PACKAGES]            only such a Debian, with no engine in it; prints its folder, which stays as it is
#   engine.sh client SUITE                     only a docker program, for no engine in particular; prints the line for PATH
#
# `start` prints shell lines, so that this makes `docker` mean that engine:  eval "$(engine.sh start tests)"
#   CLM_DOCTOR_ENGINE  the client (with buildx and Compose, where SUITE has them); works without any of the other variables
#   DOCKER_HOST, DOCKER_CONFIG, PATH  the same for programs that call `docker` themselves
# Builds that need the network take --network=host; the engine has no network of its own. Needs root and Debian.
# Roots and images are kept for the next time in /var/tmp/clm-doctor-engines (or $CLM_DOCTOR_ENGINES).
# With CLM_DOCTOR_ENGINE_DATA=memory an engine keeps what it builds in memory: faster, for small images. With
# CLM_DOCTOR_ENGINE_CLIENT=SUITE its client is that of another release: bookworm's has no buildx.
set -euo pipefail

home=${CLM_DOCTOR_ENGINES:-/var/tmp/clm-doctor-engines}

fail() { echo "engine.sh: $*" >&2; exit 1; }
usage() { sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0" >&2; exit 2; }

require_debian_root() {
  [ "$(id -u)" = 0 ] || fail "needs root: run it with sudo, or leave the engine tests out"
  [ -e /etc/debian_version ] || fail "needs Debian, for debootstrap and a package mirror"
  umask 022
  mkdir -p "$home"
  [ "$(stat -c %u "$home")" = 0 ] || fail "$home belongs to somebody else; set CLM_DOCTOR_ENGINES to another folder"
  chmod 755 "$home"
}

name_is_plain() { [[ $1 =~ ^[a-z0-9][a-z0-9-]*$ ]] || fail "not a plain name: $1"; }

mirror() {
  local found
  found=$(cat /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null |
    sed -nE 's/^URIs: *([^ ]+).*/\1/p; s/^deb +(\[[^]]*\] +)?([^ ]+).*/\2/p' | grep -m1 -v security || true)
  [ -n "$found" ] || fail "apt's sources name no package mirror"
  echo "$found"
}

# bootstrap SUITE FOLDER PACKAGES: a Debian in FOLDER, complete or not there at all.
bootstrap() {
  local suite=$1 folder=$2 packages=$3 script
  if ! command -v debootstrap >/dev/null; then
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends debootstrap; } >"$folder.log" 2>&1 ||
      fail "could not install debootstrap: $folder.log"
  fi
  script=/usr/share/debootstrap/scripts/$suite
  [ -e "$script" ] || script=/usr/share/debootstrap/scripts/sid
  echo "engine.sh: making a Debian $suite in $folder (a minute or two)" >&2
  local tries=3     # a mirror may be busy, or be renewed meanwhile
  until rm -rf "$folder.part" && debootstrap --variant=minbase ${packages:+--include="$packages"} "$suite" "$folder.part" \
    "$(mirror)" "$script" >"$folder.log" 2>&1; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || fail "debootstrap failed: $folder.log: $(tail -n 3 "$folder.log" | tr '\n' ' ')"
    echo "engine.sh: debootstrap failed, trying again: $(tail -n 1 "$folder.log")" >&2
    sleep 5
  done
  mv "$folder.part" "$folder"
}

checksum() { echo -n "$1" | sha256sum | cut -c1-12; }

# engine_root SUITE: sets `root` to a Debian of that release with its engine, made on first use.
engine_root() {
  local suite=$1 packages=ca-certificates,docker.io,containerd,runc,iptables,git
  # bookworm's docker.io brings its own client; its release has neither buildx nor the Compose plugin.
  [ "$suite" = bookworm ] || packages+=,docker-cli,docker-buildx,docker-compose
  root=$home/root-$suite-$(checksum "$packages")
  exec 9>"$root.lock"; flock 9
  [ -x "$root/usr/sbin/dockerd" ] || bootstrap "$suite" "$root" "$packages"
  flock -u 9; exec 9>&-
}

# write_client ROOT FOLDER [SOCKET]: the client runs outside of the root, on the files of this machine, with the root's own C
# library; with SOCKET it is for that engine alone.
write_client() {
  local root=$1 folder=$2 socket=${3:-} loader libraries plugin
  loader=$(find "$root/lib64/" "$root/lib/" -maxdepth 1 -name 'ld-linux-*.so.*' -print -quit 2>/dev/null || true)
  libraries=$(dirname "$(find "$root/usr/lib" -maxdepth 2 -name libc.so.6 -print -quit)")
  mkdir -p "$folder/bin" "$folder/config/cli-plugins"
  cat >"$folder/bin/docker" <<END
#!/bin/sh
${socket:+export DOCKER_HOST=unix://$socket DOCKER_CONFIG=$folder/config DOCKER_BUILDKIT=1
unset DOCKER_CONTEXT BUILDX_BUILDER BUILDX_CONFIG
}exec $loader --argv0 docker --library-path $libraries $root/usr/bin/docker "\$@"
END
  chmod +x "$folder/bin/docker"
  for plugin in docker-buildx docker-compose; do
    [ -e "$root/usr/libexec/docker/cli-plugins/$plugin" ] || continue
    cat >"$folder/config/cli-plugins/$plugin" <<END
#!/bin/sh
exec $loader --argv0 $plugin --library-path $libraries $root/usr/libexec/docker/cli-plugins/$plugin "\$@"
END
    chmod +x "$folder/config/cli-plugins/$plugin"
  done
}

is_running() { [ -s "$1/pid" ] && grep -qs dockerd "/proc/$(cat "$1/pid")/comm"; }

start() {
  local name=$1 suite=${2:-forky} daemon_json=${3:-} root client folder
  name_is_plain "$name"; name_is_plain "$suite"
  require_debian_root
  folder=$home/engine-$name
  if is_running "$folder" && [ "$(cat "$folder/suite")" != "$suite" ]; then
    fail "$name runs already, as $(cat "$folder/suite"); stop it first, or take another name"
  fi
  if ! is_running "$folder"; then
    engine_root "${CLM_DOCTOR_ENGINE_CLIENT:-$suite}"
    client=$root
    engine_root "$suite"
    rm -rf "$folder"
    mkdir -p "$folder/data" "$root/run" "$root/old"
    echo "$suite" >"$folder/suite"
    [ -z "$daemon_json" ] || cp "$daemon_json" "$folder/daemon.json"
    cp -L /etc/resolv.conf "$root/etc/resolv.conf" 2>/dev/null || true
    write_client "$client" "$folder" "$folder/docker.sock"
    setsid unshare -m bash -c '
      set -e
      root=$1 folder=$2
      mount --make-rprivate /
      mount --bind "$root" "$root"
      for part in proc sys dev; do mount --rbind /$part "$root/$part"; done
      mount -t tmpfs tmpfs "$root/run"
      mkdir "$root/run/engine"
      mount --bind "$folder" "$root/run/engine"
      if [ "${CLM_DOCTOR_ENGINE_DATA:-}" = memory ]; then mount -t tmpfs tmpfs "$root/run/engine/data"; fi
      cd "$root"
      pivot_root . old
      # A folder of this machine is none in there, where the engine would execute programs in containers by it.
      unset TMPDIR
      exec chroot . sh -c "umount -l /old
        exec dockerd ${3:+--config-file /run/engine/daemon.json} --data-root /run/engine/data \
          --exec-root /run/docker --pidfile /run/engine/pid --bridge=none --iptables=false --host unix:///run/engine/docker.sock"
    ' engine "$root" "$folder" "$daemon_json" >"$folder/log" 2>&1 </dev/null &
    local launcher=$! deadline=$((SECONDS + 120))
    until "$folder/bin/docker" version >/dev/null 2>&1; do
      kill -0 $launcher 2>/dev/null && [ $SECONDS -lt $deadline ] ||
        fail "the engine did not start: $folder/log: $(tail -n 3 "$folder/log" | tr '\n' ' ')"
      sleep 0.2
    done
  fi
  echo "export CLM_DOCTOR_ENGINE=$folder/bin/docker"
  echo "export DOCKER_HOST=unix://$folder/docker.sock"
  echo "export DOCKER_CONFIG=$folder/config"
  echo "export PATH=$folder/bin:\$PATH"
}

stop() {
  local folder=$home/engine-$1 pid
  name_is_plain "$1"
  require_debian_root
  if is_running "$folder"; then
    pid=$(cat "$folder/pid")
    kill "$pid"
    for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
    if kill -9 "$pid" 2>/dev/null; then sleep 0.5; fi
  fi
  rm -rf "$folder"
}

# plain_root SUITE [PACKAGES]: sets `folder` to a Debian of that release, made on first use.
plain_root() {
  local suite=$1 packages=${2:-}
  name_is_plain "$suite"
  require_debian_root
  folder=$home/image-$suite-$(checksum "$packages")
  exec 9>"$folder.lock"; flock 9
  [ -e "$folder" ] || bootstrap "$suite" "$folder" "$packages"
  flock -u 9; exec 9>&-
}

image() {
  local name=$1 suite=$2 tag=$3 packages=${4:-} folder
  name_is_plain "$name"
  is_running "$home/engine-$name" || fail "$name does not run: engine.sh start $name"
  plain_root "$suite" "$packages"
  tar -C "$folder" --numeric-owner -c . | "$home/engine-$name/bin/docker" import - "$tag"
}

client() {
  local suite=$1 root folder=$home/client-$1
  name_is_plain "$suite"
  require_debian_root
  engine_root "$suite"
  write_client "$root" "$folder"
  echo "export PATH=$folder/bin:\$PATH"
}

case ${1:-} in
start) [ $# -ge 2 ] && [ $# -le 4 ] || usage; shift; start "$@" ;;
stop) [ $# = 2 ] || usage; stop "$2" ;;
root) [ $# -ge 2 ] && [ $# -le 3 ] || usage; plain_root "$2" "${3:-}"; echo "$folder" ;;
client) [ $# = 2 ] || usage; client "$2" ;;
image) [ $# -ge 4 ] && [ $# -le 5 ] || usage; shift; image "$@" ;;
*) usage ;;
esac

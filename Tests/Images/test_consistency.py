"""What scripts, images, packages and documents must agree on, and the two families of scripts with each other."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import tree_sitter
import tree_sitter_powershell

ROOT = Path(__file__).parents[2]
LINES = [line.split() for line in (ROOT / "docker/services.txt").read_text().splitlines() if not line.startswith("#")]
VERSION = next(words[1] for words in LINES if words[0] == "version")
SERVICES = {words[1]: words[2] for words in LINES if words[0] == "service"}
PAIRS = ["build-services", "push-services"]


def text(path):
    return (ROOT / path).read_text(encoding="utf-8")


def test_there_are_services():
    assert VERSION and len(SERVICES) == 3


@pytest.mark.parametrize("folder", ["clm-common", *(f"services/{name}" for name in SERVICES)])
def test_packages_have_the_version(folder):
    project = tomllib.loads(text(f"{folder}/pyproject.toml"))["project"]
    assert project["version"] == VERSION
    assert project["name"] == Path(folder).name
    for dependency in project["dependencies"]:
        if dependency.startswith("clm-common"):
            assert dependency == f"clm-common=={VERSION}"


def test_clm_common_says_the_version():
    assert f'__version__ = "{VERSION}"' in text("clm-common/src/clm_common/__init__.py")


@pytest.mark.parametrize("service", SERVICES)
def test_requirements_are_pinned_with_checksums_and_cover_what_is_asked_for(service):
    pinned = re.findall(
        r"^([a-z0-9-]+)==\S+ .*\\\n    --hash=sha256:", text(f"services/{service}/requirements.txt"), re.M
    )
    for folder in ("clm-common", f"services/{service}"):
        for dependency in tomllib.loads(text(f"{folder}/pyproject.toml"))["project"]["dependencies"]:
            name = re.match(r"[a-z0-9-]+", dependency)[0]
            assert name == "clm-common" or name in pinned
    assert "://" not in text(f"services/{service}/requirements.txt")


@pytest.mark.parametrize(("service", "folder"), SERVICES.items())
def test_images(service, folder):
    dockerfile = text(f"docker/{folder}/Dockerfile")
    assert dockerfile.startswith("# syntax=docker/dockerfile:1\n")
    assert f'org.opencontainers.image.title="clm-{service}"' in dockerfile
    assert re.search(r"^USER 1000:1000$", dockerfile, re.M)
    assert VERSION not in dockerfile
    last_step = max(match.start() for match in re.finditer(r"^(RUN|COPY|ADD|WORKDIR) ", dockerfile, re.M))
    assert dockerfile.index("\nARG VERSION") > last_step
    # The id of apt's caches names the distribution, as it stands in the base image.
    suite = {"debian:trixie-slim": "trixie", "mambaorg/micromamba:2.1.1-debian12-slim": "bookworm"}
    base = re.findall(r"^FROM (\S+)$", dockerfile, re.M)[-1]
    ids = re.findall(r"--mount=type=cache,id=(apt-\S+?),target=(\S+?),sharing=locked", dockerfile)
    assert ids and set(ids) == {
        (f"apt-cache-debian-{suite[base]}-$TARGETARCH", "/var/cache/apt"),
        (f"apt-lists-debian-{suite[base]}-$TARGETARCH", "/var/lib/apt/lists"),
    }


def test_the_guide_names_every_service_and_no_old_version():
    guide = text("docs/building.md")
    for name, folder in SERVICES.items():
        assert f"./build-services.sh {name}" in guide
        assert f"docker/{folder}/Dockerfile" in guide
    assert set(re.findall(r"\b0\.[0-9]+\.[0-9]+\b", guide)) <= {VERSION, "0.2.0"}


SHELL_SCRIPTS = [*(f"{name}.sh" for name in PAIRS), "docker/lock-requirements.sh"]
SHELL_SCRIPTS += sorted(str(path.relative_to(ROOT)) for path in (ROOT / "Tests/Images").glob("*.sh"))


@pytest.mark.parametrize("script", SHELL_SCRIPTS)
def test_shell_scripts_are_clean(script):
    done = subprocess.run(["shellcheck", "-x", script], check=False, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", PAIRS)
def test_powershell_parses(name):
    """No PowerShell can be had here; this grammar knows the syntax, and nothing of what the script does."""
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))
    source = (ROOT / f"{name}.ps1").read_bytes()
    tree = parser.parse(source)
    wrong = []

    def visit(node):
        if node.type == "ERROR" or node.is_missing:
            wrong.append((node.start_point.row + 1, source[node.start_byte : node.end_byte][:80]))
        for child in node.children:
            visit(child)

    visit(tree.root_node)
    assert wrong == []


@pytest.mark.parametrize("name", PAIRS)
def test_a_powershell_mistake_is_noticed(name):
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))
    source = (ROOT / f"{name}.ps1").read_bytes()
    for right, wrong in ((b"foreach ($line in Get", b"foreach ($line Get"), (b"@($folders.Keys)", b"@($folders.Keys")):
        assert right in source
        assert parser.parse(source.replace(right, wrong, 1)).root_node.has_error


def plain(message):
    """A message without what the two languages spell differently: variables, quotes, path style of the script."""
    message = re.sub(r"\$\((version|service_names)\)", r"$\1", message)
    message = re.sub(
        r"\$\{?([A-Za-z_]+)\}?(?::-nothing)?\}?", lambda found: "$" + found[1].replace("_", "").lower(), message
    )
    return message.replace(".\\", "./").replace(".ps1", ".sh").replace("''", "'").replace("`", "")


def errors(path, call):
    found = re.findall(call + r" ([0-9]) (?:\"((?:[^\"\\]|\\.)*)\"|'([^']*)')", text(path))
    return sorted((status, plain(double or single)) for status, double, single in found)


@pytest.mark.parametrize("name", PAIRS)
def test_both_families_have_the_same_errors(name):
    shell = errors(f"{name}.sh", "fail")
    power = errors(f"{name}.ps1", "Stop-WithError")
    # The list of missing services is put together differently.
    shell = [(status, message.replace(".sh$missing", ".sh $($missing -join ' ')")) for status, message in shell]
    assert len(shell) >= 7
    assert shell == power


@pytest.mark.parametrize("name", PAIRS)
def test_both_families_have_the_same_help(name):
    shell = re.search(r"cat <<END\n(.*?)\nEND\n", text(f"{name}.sh"), re.S)[1]
    power = re.search(r'Write-Output @"\n(.*?)\n"@', text(f"{name}.ps1"), re.S)[1]
    assert plain(shell) == plain(power)


@pytest.mark.parametrize("name", PAIRS)
def test_both_families_run_the_same_docker_commands(name):
    def commands(path):
        source = re.sub(r"[\\`]\n\s*", "", text(path))
        found = re.findall(
            r"(?:\bdocker |Test-Docker )(?:'?(?:build|version|buildx|tag|push|image)'?)[^\n|;&})]*", source
        )
        words = (re.sub(r"[\"',]", "", plain(line)).replace("Test-Docker", "docker").split() for line in found)
        return sorted({tuple(w for w in line if not w.startswith((">", "2>"))) for line in words})

    def kinds(path):
        return sorted({line[:2] for line in commands(path)})

    assert kinds(f"{name}.sh") == kinds(f"{name}.ps1")
    if name == "build-services":
        for option in ("--progress plain", "--file", "--tag", "--build-arg"):
            assert text(f"{name}.sh").count(f"{option}") == text(f"{name}.ps1").count(f"{option}")


PWSH = shutil.which("pwsh")
FAMILIES = ["sh", pytest.param("ps1", marks=pytest.mark.skipif(PWSH is None, reason="no PowerShell (pwsh) here"))]

DOCKER = """#!/bin/sh
folder=${0%/*}
echo "$*" >>"$folder/calls"
if [ "$1" = build ]; then
    echo "#5 [1/3] FROM base" >&2
    echo "#6 [2/3] RUN one" >&2
    echo "#6 CACHED" >&2
    echo "#7 [3/3] COPY two three" >&2
fi
while read -r line; do
    case "$*" in $line) exit 1 ;; esac
done <"$folder/fails"
"""


@pytest.fixture
def docker(tmp_path):
    """A folder with a docker that only writes down what it is asked, and fails at what is in the file `fails`."""
    (tmp_path / "docker").write_text(DOCKER)
    (tmp_path / "docker").chmod(0o755)
    (tmp_path / "fails").write_text("")
    return tmp_path


def run(family, name, *arguments, cwd=ROOT, path="/usr/bin:/bin"):
    """Exit status, standard output, and standard error, with script names as the .sh family spells them."""
    script = [f"{ROOT}/{name}.sh"] if family == "sh" else [PWSH, "-NoProfile", "-File", f"{ROOT}/{name}.ps1"]
    done = subprocess.run(
        [*script, *arguments], check=False, capture_output=True, text=True, cwd=cwd, env={"PATH": str(path)}
    )
    return done.returncode, plain(done.stdout), plain(done.stderr)


def run_with(docker, *arguments):
    return run(*arguments, path=f"{docker}:/usr/bin:/bin")


@pytest.mark.parametrize("arguments", [["--help"], ["-h", "nonsense"]])
@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("family", FAMILIES)
def test_help(family, name, arguments):
    status, output, errors = run(family, name, *arguments)
    assert (status, errors) == (0, "")
    assert f"Usage: ./{name}.sh" in output
    assert ", ".join(SERVICES) in output


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("build-services", ["x"], "unknown service: x (the services are: " + ", ".join(SERVICES) + ")"),
        ("build-services", ["--x"], "unknown option: --x (see --help)"),
        ("build-services", ["--network"], "--network needs a value"),
        ("push-services", [], "say where to push: ./push-services.sh USER [SERVICE]... (see --help)"),
        ("push-services", ["me", "x"], "unknown service: x (the services are: " + ", ".join(SERVICES) + ")"),
        ("push-services", ["plantuml-converter"], "plantuml-converter is a service; say first where to push it"),
    ],
)
@pytest.mark.parametrize("family", FAMILIES)
def test_wrong_usage(docker, family, name, arguments, message):
    status, output, errors = run_with(docker, family, name, *arguments)
    assert (status, output) == (2, "")
    assert errors.startswith(f"error: {message}")
    assert not (docker / "calls").exists()


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("family", FAMILIES)
def test_from_another_folder(tmp_path, family, name):
    status, output, errors = run(family, name, "me", cwd=tmp_path)
    assert (status, output) == (2, "")
    assert errors.startswith("error: run this from the root of the repository: ")


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("family", FAMILIES)
def test_without_docker(tmp_path, family, name):
    for program in ("sh", "awk", "git", "cat", "wc", "mktemp", "rm"):
        (tmp_path / program).symlink_to(shutil.which(program))
    status, _, errors = run(family, name, "plantuml-converter" if name == "build-services" else "me", path=tmp_path)
    assert (status, errors) == (3, "error: docker is not installed: https://docs.docker.com/engine/install/\n")


@pytest.mark.parametrize(
    ("name", "fails", "message"),
    [
        ("build-services", "version", "docker cannot reach its engine; docker version says why"),
        ("build-services", "buildx*", "BuildKit is missing: install docker's buildx plugin (docker-buildx)"),
        ("push-services", "version", "docker cannot reach its engine; docker version says why"),
        (
            "push-services",
            "image inspect clm-[dp]*",
            "no image to push; build it first: ./build-services.sh drawio-converter plantuml-converter",
        ),
    ],
)
@pytest.mark.parametrize("family", FAMILIES)
def test_what_docker_lacks(docker, family, name, fails, message):
    (docker / "fails").write_text(f"{fails}\n")
    status, output, errors = run_with(docker, family, name, *(["me"] if name == "push-services" else []))
    assert (status, output, errors) == (3, "", f"error: {message}\n")
    assert not re.search("^(build|tag|push) ", (docker / "calls").read_text(), re.M)


@pytest.mark.parametrize("family", FAMILIES)
def test_one_build_of_three_fails(docker, family):
    (docker / "fails").write_text("build *notebook*\n")
    status, output, errors = run_with(docker, family, "build-services", "--network", "host", "--no-cache")
    assert (status, errors) == (1, "error: 1 of 3 builds failed\n")
    output = re.sub(r" +[0-9]+ s ", " 0 s ", output)
    assert [line for line in output.splitlines() if not line.startswith("#")] == [
        "[1/3] Building drawio-converter",
        "[2/3] Building notebook-processor",
        "[3/3] Building plantuml-converter",
        "Summary:",
        "  drawio-converter     built 0 s  1 steps run, 1 cached",
        "  notebook-processor   failed 0 s  1 steps run, 1 cached",
        "  plantuml-converter   built 0 s  1 steps run, 1 cached",
    ]
    builds = [line for line in (docker / "calls").read_text().splitlines() if line.startswith("build ")]
    assert len(builds) == 3 and all(line.endswith(" --network host --no-cache .") for line in builds)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_push_fails_half_way(docker, family):
    (docker / "fails").write_text("push *clm-plantuml-converter:latest\n")
    status, output, errors = run_with(docker, family, "push-services", "me/", "drawio-converter", "plantuml-converter")
    first, second = ([f"me/clm-{name}:{VERSION}", f"me/clm-{name}:latest"] for name in list(SERVICES)[::2])
    assert status == 1
    assert output == "[1/2] Pushing drawio-converter\n[2/2] Pushing plantuml-converter\n"
    assert errors == (
        f"Pushed before that: {', '.join([*first, second[0]])}\n"
        f"error: could not push {second[1]} (are you logged in? docker login)\n"
    )


@pytest.mark.parametrize("family", FAMILIES)
def test_a_name_that_docker_refuses_is_noticed_before_anything_is_pushed(docker, family):
    (docker / "fails").write_text("tag * Me/*\n")
    status, _, errors = run_with(docker, family, "push-services", "Me", "plantuml-converter")
    assert (status, errors.split(":")[1]) == (2, " docker takes no image name like Me/clm-plantuml-converter")
    assert "push" not in (docker / "calls").read_text()


def test_a_new_version_needs_a_change_in_few_places():
    """docker/services.txt is the place; the others cannot read it, and the tests above hold them to it."""
    tracked = subprocess.run(["git", "ls-files"], check=True, capture_output=True, text=True, cwd=ROOT).stdout.split()
    ours = [path for path in tracked if path.startswith(("services/", "clm-common/", "docker")) or "/" not in path]
    having = {path for path in ours if path.endswith((".sh", ".ps1", "Dockerfile")) and VERSION in text(path)}
    assert having == set()

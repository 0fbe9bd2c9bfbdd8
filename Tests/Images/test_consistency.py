"""What scripts, images, packages and documents must agree on, and the two families of scripts with each other."""

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import tree_sitter
import tree_sitter_powershell
import yaml

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


def test_compose_builds_the_same():
    compose = yaml.safe_load(text("compose.yaml"))
    assert {name: service["build"]["dockerfile"] for name, service in compose["services"].items()} == {
        name: f"docker/{folder}/Dockerfile" for name, folder in SERVICES.items()
    }
    for name, service in compose["services"].items():
        assert service["image"] == f"clm-{name}"
        assert service["build"]["args"] == {"VERSION": f"${{VERSION:-{VERSION}}}"}


def test_bake_builds_the_same():
    bake = text("docker-bake.hcl")
    assert f'variable "VERSION" {{\n  default = "{VERSION}"\n}}' in bake
    assert f"targets = {json.dumps(list(SERVICES))}" in bake
    targets = dict(re.findall(r'target "([a-z-]+)" \{\n  inherits   = \["service"\]\n  dockerfile = "(\S+)"', bake))
    assert targets == {name: f"docker/{folder}/Dockerfile" for name, folder in SERVICES.items()}
    for name in SERVICES:
        assert f'tags       = ["clm-{name}", "clm-{name}:${{VERSION}}"]' in bake


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
        for option in ("--progress=plain", "--file", "--tag", "--build-arg"):
            assert text(f"{name}.sh").count(f"{option}") == text(f"{name}.ps1").count(f"{option}")


@pytest.mark.parametrize("arguments", [["--help"], ["-h", "nonsense"]])
@pytest.mark.parametrize("name", PAIRS)
def test_help(name, arguments):
    done = subprocess.run([f"./{name}.sh", *arguments], check=False, capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"Usage: ./{name}.sh" in done.stdout
    assert ", ".join(SERVICES) in done.stdout


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["./build-services.sh", "x"], "unknown service: x (the services are: " + ", ".join(SERVICES) + ")"),
        (["./build-services.sh", "--x"], "unknown option: --x (see --help)"),
        (["./build-services.sh", "--network"], "--network needs a value"),
        (["./push-services.sh"], "say where to push: ./push-services.sh USER [SERVICE]... (see --help)"),
        (["./push-services.sh", "me", "x"], "unknown service: x (the services are: " + ", ".join(SERVICES) + ")"),
        (["./push-services.sh", "plantuml-converter"], "plantuml-converter is a service; say first where to push it"),
    ],
)
def test_wrong_usage(command, message):
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {message}")


def test_without_docker(tmp_path):
    for program in ("sh", "awk", "git", "cat", "wc", "mktemp", "rm"):
        (tmp_path / program).symlink_to(shutil.which(program))
    for command in (["./build-services.sh"], ["./push-services.sh", "me"]):
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, cwd=ROOT, env={"PATH": str(tmp_path)}
        )
        assert (done.returncode, done.stderr.split(":")[1].strip()) == (3, "docker is not installed")


def test_a_new_version_needs_a_change_in_few_places():
    """docker/services.txt is the place; the others cannot read it, and the tests above hold them to it."""
    tracked = subprocess.run(["git", "ls-files"], check=True, capture_output=True, text=True, cwd=ROOT).stdout.split()
    ours = [path for path in tracked if path.startswith(("services/", "clm-common/", "docker")) or "/" not in path]
    having = {path for path in ours if path.endswith((".sh", ".ps1", "Dockerfile")) and VERSION in text(path)}
    assert having == set()

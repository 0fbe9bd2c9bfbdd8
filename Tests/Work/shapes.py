"""Shapes of input whose work must grow with their size and not faster.

Each function makes a repository of size n; its decorator says at which n it is measured first, and how the program is
called. Add a shape where a reader or an analysis follows references, or looks through a list for each element of another.
"""

import hashlib
import io
import json
import tarfile
from dataclasses import dataclass, field

CHECK = ("--no-host", "--format", "concise")
IMPACT = ("impact", "--no-host", "--base", "HEAD", "--format", "json")
DOCKERFILE = "FROM debian:12\nRUN pip install x\n"


@dataclass
class Repository:
    """What a shape makes: the files of the work tree, and those of the commit before it where there is one."""

    files: dict
    committed: dict | None = None
    later: list = field(default_factory=list)  # the files of further commits, each with what it changes
    docker: dict = field(default_factory=dict)  # what `docker ARGUMENTS` answers, by the beginning of its arguments


@dataclass
class Shape:
    make: object
    start: int
    command: tuple

    @property
    def name(self):
        return self.make.__name__


SHAPES = []


def shape(start, command=CHECK):
    def add(make):
        SHAPES.append(Shape(make, start, command))
        return make

    return add


def lines(n, line):
    return "".join(line(i) + "\n" if callable(line) else line + "\n" for i in range(n))


def dockerfile(body, **more):
    return Repository({"Dockerfile": "FROM debian:12 AS s0\n" + body, **more})


def changed(before, after):
    """A Dockerfile of a commit, and what it is now; the context has two files of which one changes."""
    return Repository(
        {"Dockerfile": after, "a.txt": "2", "b/c.txt": "1"}, {"Dockerfile": before, "a.txt": "1", "b/c.txt": "1"}
    )


# --- Dockerfile ---------------------------------------------------------------------------------------------------------


def simple(name, start, line, command=CHECK, prefix=""):
    """A Dockerfile of n equal lines."""

    def make(n):
        return dockerfile(prefix + lines(n, line))

    make.__name__ = "dockerfile_" + name
    shape(start, command)(make)


for _name, _start, _line in [
    ("run_true", 400, "RUN true"),
    ("useradd", 250, lambda i: f"RUN useradd -u {i} u{i}"),
    ("useradd_user", 125, lambda i: f"RUN useradd u{i}\nUSER u{i}"),
    ("workdir", 400, "WORKDIR a"),
    ("workdir_up", 400, "WORKDIR ../a/b"),
    ("env", 300, lambda i: f"ENV a{i}=$a{i - 1}x{i}"),
    ("arg", 300, lambda i: f"ARG a{i}=1"),
    ("copy", 250, lambda i: f"COPY a{i} /b{i}"),
    ("stages", 100, lambda i: f"FROM debian:12 AS t{i}\nRUN true"),
    ("stages_chain", 150, lambda i: f"FROM s{i} AS s{i + 1}"),
    ("stages_chain_env", 80, lambda i: f"FROM s{i} AS s{i + 1}\nENV a{i}=1"),
    ("onbuild", 250, "ONBUILD RUN true"),
    ("shell", 200, lambda i: f'SHELL ["/bin/sh{i}", "-c"]\nRUN true'),
    ("hadolint", 60, lambda i: f"# hadolint ignore=DL3009\nRUN apt-get install a{i}"),
    ("ignore_comments", 125, lambda i: f"# clm-doctor: ignore[apt-docker-clean]\nRUN apt-get install a{i}"),
    ("go_build", 100, lambda i: f"RUN go build ./x{i}"),
    ("npm", 100, lambda i: f"RUN npm ci --prefix a{i}"),
    ("pip", 100, lambda i: f"RUN pip install a{i}"),
    ("mount_id", 70, lambda i: f"RUN --mount=type=cache,id=a,target=/c{i} apt-get install x"),
    ("misspelt_mounts", 80, "RUN --mount=type=cache,tagret=/x true"),
    ("unknown_instructions", 100, lambda i: f"RUNN a{i}"),
    ("add_url", 150, lambda i: f"ADD https://example.com/a{i}.tgz /b"),
    ("heredocs", 250, lambda i: f"RUN <<E\necho {i}\nE"),
]:
    simple(_name, _start, _line)


@shape(4)
def dockerfile_copies_from_all_before(n):
    """40 stages; each copies n times from the one before."""
    return dockerfile(
        lines(40, lambda i: f"FROM debian:12 AS s{i + 1}\n" + lines(n, lambda k: f"COPY --from=s{i} /a{k} /b{k}"))
        + "RUN --mount=type=cache,target=/root/.cache/pip pip install x\n"
    )


@shape(250)
def dockerfile_one_run_of_installs(n):
    return dockerfile("RUN " + "".join(f"pip install a{i} && \\\n" for i in range(n)) + "true\n")


@shape(250)
def dockerfile_heredoc_of_installs(n):
    return dockerfile("RUN <<E\n" + lines(n, "pip install --cache-dir x y") + "E\n")


@shape(250)
def dockerfile_heredoc_of_exports(n):
    return dockerfile("RUN <<E\n" + lines(n, lambda i: f"a{i}=1; export a{i}; npm ci") + "E\n")


@shape(50)
def dockerfile_heredoc_of_variables(n):
    """Three levels of a variable of n references to the one before."""
    levels = lines(3, lambda i: f'{"abcd"[i + 1]}="' + f"${'abcd'[i]}" * n + '"')
    return dockerfile("RUN <<E\na=\n" + levels + 'pip install --cache-dir "$d/x" y\nE\n')


@shape(250)
def dockerfile_subshells(n):
    return dockerfile("RUN " + "(a)>$( " * n + "\n")


@shape(500)
def dockerfile_expansion(n):
    return dockerfile("ENV a=xxxxxxxxxxxxxxxx\nENV b=" + "${a#x}${a//x/yy}" * n + "\n")


@shape(10)
def dockerfiles(n):
    return Repository({f"a{i}/Dockerfile": DOCKERFILE * 10 for i in range(n)})


# --- What checks hold against each other ----------------------------------------------------------------------------------


def of_image(name, start, image, line, first="", last="", **files):
    """A Dockerfile of n steps on an image."""

    def make(n):
        more = {path: text(n) if callable(text) else text for path, text in files.items()}
        return Repository({"Dockerfile": f"FROM {image}\n{first}" + lines(n, line) + last, **more})

    make.__name__ = "check_" + name
    shape(start)(make)


for _name, _start, _image, _line, _first, _last in [
    ("apk", 60, "alpine:3.20", lambda i: f"RUN --mount=type=cache,target=/var/cache/apk apk add a{i}", "", ""),
    ("dnf", 60, "fedora:40", lambda i: f"RUN --mount=type=cache,target=/var/cache/dnf dnf install -y a{i}", "", ""),
    ("zypper", 60, "opensuse/leap:15", lambda i: f"RUN --mount=type=cache,target=/var/cache/zypp zypper -n in a{i}", "", ""),
    ("git_clones", 60, "debian:12", lambda i: f"RUN git clone https://example.com/a{i}", "", "RUN git checkout v1\n"),
    ("copies_from_a_stage", 60, "debian:12 AS a", lambda i: f"COPY --from=a /a{i} /b{i}", "FROM debian:12\nCOPY x /\n", ""),
]:
    of_image(_name, _start, _image, _line, _first, _last, x="x")


@shape(30)
def check_manifests_without_locks(n):
    """n manifests are copied, each before an install."""
    steps = lines(n, lambda i: f"COPY a{i}/package.json /a{i}/\nRUN cd /a{i} && npm install")
    return Repository({"Dockerfile": "FROM node:22\n" + steps, **{f"a{i}/package.json": "{}" for i in range(n)}})


@shape(30)
def check_installs_of_projects(n):
    """Folders of fewer files than a project has."""
    steps = lines(n, lambda i: f"COPY a{i} /a{i}\nRUN pip install /a{i}")
    return Repository({"Dockerfile": "FROM python:3.12\n" + steps, **{f"a{i}/setup.py": "x" for i in range(n)}})


@shape(30)
def check_requirements(n):
    steps = lines(n, lambda i: f"COPY r{i}.txt x{i}.txt /\nRUN pip install -r r{i}.txt && echo x{i}.txt")
    texts = {f"r{i}.txt": "-r base.txt\na\n" for i in range(n)} | {f"x{i}.txt": "" for i in range(n)}
    return Repository({"Dockerfile": "FROM python:3.12\nCOPY base.txt /\n" + steps, "base.txt": "b\n", **texts})


@shape(60)
def check_changed_owners(n):
    """One RUN changes what n COPYs have brought in."""
    copies = lines(n, lambda i: f"COPY a{i} /x/b{i}/")
    paths = " ".join(f"/x/b{i}" for i in range(n))
    return dockerfile(copies + f"RUN chown -R 1:1 {paths}\n", **{f"a{i}": "x" for i in range(n)})


@shape(30)
def check_volatile_arguments(n):
    """n arguments that differ in each build, above n installs."""
    arguments = lines(n, lambda i: f"            A{i}=${{{{ github.sha }}}}")
    build = "    - uses: docker/build-push-action@v6\n      with:\n        context: .\n        build-args: |\n"
    head = "on: push\njobs:\n  a:\n    runs-on: ubuntu\n    steps:\n"
    steps = lines(n, lambda i: f"ARG A{i}") + lines(n, lambda i: f"RUN apt-get install -y a{i}")
    return Repository({"Dockerfile": "FROM debian:12\n" + steps, ".github/workflows/a.yml": head + build + arguments})


@shape(30)
def check_yarn(n):
    """n projects of yarn, each installed with a mount."""
    mount = "--mount=type=cache,target=/root/.yarn/berry/cache"
    steps = lines(n, lambda i: f"COPY a{i}/package.json a{i}/yarn.lock /a/\nRUN {mount} corepack enable && yarn install")
    files = {f"a{i}/package.json": '{"packageManager": "yarn@4.1.0"}' for i in range(n)} | {f"a{i}/yarn.lock": "" for i in range(n)}
    return Repository({"Dockerfile": "FROM node:22\n" + steps, **files})


# --- Ignore files -------------------------------------------------------------------------------------------------------


@shape(250)
def ignore_patterns(n):
    tree = {f"x/{i % 30}/{'a' * 50}{i}": "" for i in range(50)}
    return dockerfile("COPY . /\n", **{".dockerignore": lines(n, lambda i: f"**/*a*{i}*b*c"), **tree})


@shape(125)
def ignore_files_in_context(n):
    tree = {f"x/{i % 30}/{'a' * 50}{i}": "" for i in range(n)}
    return dockerfile("COPY . /\n", **{".dockerignore": lines(100, lambda i: f"**/*a*{i}*b*c"), **tree})


@shape(250)
def ignore_exceptions(n):
    return dockerfile("COPY . /\n", **{".dockerignore": "*\n" + lines(n, lambda i: f"!a{i}/**")})


@shape(2)
def ignore_one_for_each_build(n):
    services = lines(n, lambda i: f"  s{i}: {{build: {{context: ., dockerfile: s{i}/Dockerfile}}}}")
    files = {f"s{i}/Dockerfile": "FROM debian:12\nCOPY . /\n" for i in range(n)}
    ignored = {f"s{i}/Dockerfile.dockerignore": lines(200, lambda k: f"**/*a*{k}*b*c") for i in range(n)}
    return Repository({"compose.yaml": "services:\n" + services, **files, **ignored})


@shape(10)
def ignore_forty_files(n):
    """40 builds, each with an ignore file of n patterns of its own."""
    services = lines(40, lambda i: f"  s{i}: {{build: {{context: ., dockerfile: s{i}/Dockerfile}}}}")
    files = {f"s{i}/Dockerfile": "FROM debian:12\nCOPY . /\n" for i in range(40)}
    ignored = {f"s{i}/Dockerfile.dockerignore": lines(n, lambda k: f"**/*a*{k}*b*c") for i in range(40)}
    return Repository({"compose.yaml": "services:\n" + services, **files, **ignored})


@shape(500)
def gitignore_rules(n):
    tree = {f"Dockerfile.{'a' * 40}{i}": DOCKERFILE for i in range(20)}
    return Repository({".gitignore": lines(n, "a*b*c*d*e"), **tree}, committed={"README": "x"})


# --- Compose, bake ------------------------------------------------------------------------------------------------------


def compose(services, **more):
    return Repository({"Dockerfile": DOCKERFILE, "compose.yaml": "services:\n" + services, **more})


@shape(35)
def compose_services(n):
    return compose(lines(n, lambda i: f"  s{i}: {{build: {{context: ., args: {{A: {i}}}}}}}"))


@shape(15)
def compose_services_of_a_large_dockerfile(n):
    services = lines(n, lambda i: f"  s{i}: {{build: {{context: ., args: {{A: {i}}}}}}}")
    return compose(services, Dockerfile="FROM debian:12\n" + "RUN pip install x\n" * 20)


@shape(200)
def compose_extends_chain(n):
    """Most services are further from the end than a chain may be long (`Limits.composeExtends`); the others cost less."""
    return compose(lines(n, lambda i: f"  s{i}: {{extends: s{i + 1}, build: .}}"))


@shape(250)
def compose_environment(n):
    """A variable of n bytes, put n times into a context."""
    return compose('  a:\n    build:\n      context: "' + "$X/" * n + '"\n', **{".env": "X=" + "x" * n + "\n"})


@shape(20)
def compose_environment_files(n):
    """n folders, each with a compose file and its variables."""
    files = {f"a{i}/compose.yaml": "services:\n  a: {build: '$X'}\n" for i in range(n)}
    return Repository({"Dockerfile": DOCKERFILE, **files, **{f"a{i}/.env": "X=.\n" * 50 for i in range(n)}})


@shape(60)
def compose_in_one_line(n):
    """Columns of a line that is not ASCII are counted."""
    services = ", ".join(f"s{i}: {{build: {{context: ., args: {{A: '{i}é'}}}}}}" for i in range(n))
    return Repository({"Dockerfile": DOCKERFILE, "compose.yaml": "services: {" + services + "}\n"})


@shape(250)
def compose_aliases(n):
    return compose("  a: &a {build: .}\n" + lines(n, lambda i: f"  s{i}: *a"))


@shape(50)
def compose_inline_dockerfiles(n):
    """Each service has a Dockerfile of its own in the file."""
    return compose(lines(n, lambda i: f"  s{i}:\n    build:\n      dockerfile_inline: |\n        FROM debian:12\n        RUN make {i}"))


@shape(100)
def compose_inline_lines(n):
    return compose("  a:\n    build:\n      dockerfile_inline: |\n        FROM debian:12\n" + lines(n, lambda i: f"        RUN make {i}"))


@shape(200)
def dockerfile_of_a_guessed_context(n):
    """What later stages take of a whole context is looked for in the folders above."""
    copies = "COPY . /src\n" + lines(n, lambda i: f"COPY . /src{i}") + "FROM debian:12\n" + lines(n, lambda i: f"COPY --from=s0 /src/a{i} /a{i}")
    return Repository({"a/b/c/Dockerfile": "FROM debian:12 AS s0\n" + copies, "a/main.c": ""})


@shape(250)
def compose_merge_keys(n):
    return compose("  s0: &m0 {build: .}\n" + lines(n, lambda i: f"  s{i + 1}: &m{i + 1} {{<<: *m{i}, image: a{i}}}"))


def bake(value):
    return Repository({"Dockerfile": DOCKERFILE, "docker-bake.json": json.dumps(value)})


@shape(125)
def bake_targets(n):
    return bake({"target": {f"t{i}": {"context": "."} for i in range(n)}})


@shape(5)
def bake_inherits_wide(n):
    """16 levels, each inheriting n times from the one below."""
    targets = {"t0": {"context": "."}}
    targets |= {f"t{i}": {"inherits": [f"t{i - 1}"] * n} for i in range(1, 17)}
    return bake({"group": {"default": {"targets": ["t16"]}}, "target": targets})


@shape(125)
def bake_inherits_chain(n):
    return bake({"target": {f"t{i}": {"inherits": [f"t{i + 1}"], "args": {"A": str(i)}} for i in range(n)}})


@shape(125)
def bake_groups(n):
    groups = {f"g{i}": {"targets": [f"g{i + 1}", f"g{i + 1}"]} for i in range(n)} | {f"g{n}": {"targets": ["a"]}}
    return bake({"group": groups, "target": {"a": {"context": "."}}})


@shape(250)
def bake_variable(n):
    return bake({"variable": {"X": {"default": "x" * n}}, "target": {"a": {"context": "${X}" * n}}})


@shape(125)
def bake_matrix(n):
    return bake({"target": {"a": {"name": "a-${x}", "matrix": {"x": [str(i) for i in range(n)]}, "context": "."}}})


# --- CI -----------------------------------------------------------------------------------------------------------------


def workflow(text):
    return Repository({"Dockerfile": DOCKERFILE, ".github/workflows/a.yml": text})


PUSH = "    - uses: docker/build-push-action@v6\n      with: {context: ., build-args: "


@shape(30)
def workflow_steps(n):
    return workflow("on: push\njobs:\n  a:\n    runs-on: ubuntu\n    steps:\n" + lines(n, lambda i: PUSH + f'"A={i}"}}'))


@shape(125)
def workflow_jobs(n):
    job = "  a%d:\n    runs-on: ubuntu\n    steps:\n    - run: docker build -t a%d .\n"
    return workflow("on: push\njobs:\n" + "".join(job % (i, i) for i in range(n)))


@shape(10)
def workflow_matrix(n):
    """Two axes of n values each: the legs are n squared, and at most 256 of them count."""
    values = ", ".join(str(i) for i in range(n))
    head = f"on: push\njobs:\n  a:\n    strategy:\n      matrix:\n        x: [{values}]\n        y: [{values}]\n"
    return workflow(head + "    runs-on: ubuntu\n    steps:\n" + PUSH + '"A=${{ matrix.x }}${{ matrix.y }}"}\n')


@shape(2)
def workflow_steps_of_legs(n):
    """256 legs with n steps each."""
    axes = "".join(f"        a{i}: [1,2,3,4]\n" for i in range(4))
    head = f"on: push\njobs:\n  a:\n    strategy:\n      matrix:\n{axes}    runs-on: ubuntu\n    steps:\n"
    return workflow(head + lines(n, lambda i: PUSH + f'"A=${{{{ matrix.a0 }}}}{i}"}}'))


@shape(250)
def workflow_environment(n):
    return workflow(
        "env:\n  X: " + "x" * n + "\non: push\njobs:\n  a:\n    runs-on: ubuntu\n    steps:\n"
        '    - uses: docker/build-push-action@v6\n      with:\n        context: "' + "${{ env.X }}" * n + '"\n'
    )


@shape(250)
def workflow_expression(n):
    return workflow(
        "on: push\njobs:\n  a:\n    runs-on: ubuntu\n    steps:\n" + PUSH + '"A=${{ ' + "(" * n + "1" + ")" * n + ' }}"}\n'
    )


@shape(30)
def workflow_calls(n):
    step = "    - uses: docker/build-push-action@v6\n      with: {context: '${{ inputs.a }}'}\n"
    called = f"on:\n  workflow_call:\n    inputs: {{a: {{default: x}}}}\njobs:\n  a:\n    runs-on: ubuntu\n    steps:\n{step}"
    calls = lines(n, lambda i: f"  a{i}:\n    uses: ./.github/workflows/b.yml\n    with: {{a: a{i}}}")
    return Repository(
        {"Dockerfile": DOCKERFILE, ".github/workflows/b.yml": called, ".github/workflows/a.yml": "on: push\njobs:\n" + calls}
    )


@shape(125)
def jenkinsfile_blocks(n):
    """Half of the blocks stand in each other, each with a variable."""
    text = lines(n, lambda i: f"environment {{ V{i} = 'x' }}\nstage('a{i}') {{ sh 'docker build -t a{i} .' }}")
    return Repository({"Dockerfile": DOCKERFILE, "Jenkinsfile": text + "dir('a') {\n" * (n // 8) + "}\n" * (n // 8)})


@shape(125)
def tiltfile_calls(n):
    """Calls, and calls in calls."""
    text = lines(n, lambda i: f"docker_build('a{i}', '.', build_args={{'A': 'b{i}'}})")
    return Repository({"Dockerfile": DOCKERFILE, "Tiltfile": text + "docker_build(" * (n // 8) + ")" * (n // 8)})


@shape(60)
def workflow_pulls(n):
    """Builds by a script, and commands that pull what they build on."""
    step = "    - run: docker buildx build -t a%d .\n    - run: docker pull b%d\n"
    return workflow(
        "on: push\njobs:\n  a:\n    runs-on: ubuntu\n    steps:\n" + "".join(step % (i, i) for i in range(n))
    )


@shape(30)
def workflow_bakes(n):
    """n jobs that bake n targets."""
    job = "  a%d:\n    runs-on: ubuntu\n    steps:\n    - uses: docker/bake-action@v6\n"
    made = workflow("on: push\njobs:\n" + "".join(job % i for i in range(n)))
    made.files["docker-bake.json"] = json.dumps({"target": {f"t{i}": {"context": "."} for i in range(n)}})
    return made


@shape(30)
def workflow_cache_dances(n):
    """One job fills n caches, and builds n images after each."""
    dance = "    - uses: reproducible-containers/buildkit-cache-dance@v3\n      with:\n        cache-map: '{\"a%d\": \"/b%d\"}'\n"
    steps = "".join(dance % (i, i) + f"    - run: docker buildx build --build-arg A={i} .\n" for i in range(n))
    made = workflow("on: push\njobs:\n  a:\n    runs-on: ubuntu\n    steps:\n" + steps)
    made.files["Dockerfile"] = "FROM debian:12\nRUN --mount=type=cache,target=/c pip install x\n"
    return made


def gitlab(text):
    return Repository({"Dockerfile": DOCKERFILE, ".gitlab-ci.yml": text})


@shape(35)
def gitlab_builds(n):
    return gitlab("a:\n  script:\n" + lines(n, lambda i: f"   - docker build --build-arg A={i} ."))


@shape(125)
def gitlab_extends_chain(n):
    return gitlab(lines(n, lambda i: f"a{i}:\n  extends: a{i + 1}\n  script: [docker build .]"))


@shape(5)
def gitlab_references_wide(n):
    """Nine levels, each referring n times to the one below."""
    job = lambda i: f".a{i}:\n  script:\n" + lines(n, f"    - !reference [.a{i - 1}, script]")
    return gitlab(".a0:\n  script: [docker build .]\n" + "".join(job(i) for i in range(1, 9)) + "b:\n  extends: .a8\n")


def circleci(text):
    return Repository({"Dockerfile": DOCKERFILE, ".circleci/config.yml": "version: 2.1\n" + text})


@shape(125)
def circleci_jobs(n):
    job = "  a%d:\n    docker: [{image: x}]\n    steps: [{run: docker build -t a%d .}]\n"
    return circleci("jobs:\n" + "".join(job % (i, i) for i in range(n)))


@shape(4)
def circleci_commands_wide(n):
    """Ten levels of commands, each taking n times the one below."""
    command = lambda i: f"  c{i}:\n    steps:\n" + lines(n, f"    - c{i - 1}")
    commands = "commands:\n  c0:\n    steps: [{run: docker build .}]\n" + "".join(command(i) for i in range(1, 10))
    return circleci(commands + "jobs:\n  a:\n    docker: [{image: x}]\n    steps: [c9]\n")


# --- Make, task files, shell --------------------------------------------------------------------------------------------


def make(text):
    return Repository({"Dockerfile": DOCKERFILE, "Makefile": text})


@shape(10)
def make_variables_wide(n):
    """Seven variables, each of n references to the one before; a budget (`Limits.work`) ends it at every size."""
    return make("A0=\n" + lines(7, lambda i: f"A{i + 1}=" + f"$(A{i})" * n) + "x:\n\tdocker build -t $(A7)a .\n")


@shape(250)
def make_variables(n):
    return make(lines(n, lambda i: f"A{i}=$(A{i - 1})") + f"x:\n\tdocker build -t $(A{n - 1})a .\n")


@shape(15)
def make_builds(n):
    return make("A=" + "x" * 1000 + "\nx:\n" + lines(n, "\tdocker build -t $(A) ."))


@shape(125)
def make_targets(n):
    return make(lines(n, lambda i: f"t{i}: t{i + 1}\n\tdocker build -t a{i} ."))


@shape(125)
def package_json(n):
    scripts = {f"s{i}": f"docker build -t a{i} ." for i in range(n)}
    return Repository({"Dockerfile": DOCKERFILE, "package.json": json.dumps({"scripts": scripts})})


def script(text):
    return Repository({"Dockerfile": DOCKERFILE, "b.sh": "#!/bin/sh\n" + text})


@shape(10)
def shell_variables_wide(n):
    """As above."""
    return script("a0=\n" + lines(7, lambda i: f'a{i + 1}="' + f"$a{i}" * n + '"') + "docker build -t ${a7}a .\n")


@shape(250)
def shell_assignments(n):
    return script(lines(n, lambda i: f"a{i}=$a{i - 1}") + f"docker build -t a$a{n - 1} .\n")


@shape(35)
def shell_builds(n):
    return script(lines(n, lambda i: f"docker build -t app --build-arg X={i} ."))


@shape(60)
def shell_folders(n):
    """Folders in each other, 30 deep: each build has its path, so that without end they would make the square of n
    (`Limits.pathBytes` ends it)."""
    return script(lines(n, lambda i: f"cd a{i}\ndocker build ." + ("\ncd " + "../" * 30 if i % 30 == 29 else "")))


@shape(125)
def shell_legacy_builder(n):
    return script(lines(n, "export DOCKER_BUILDKIT=0"))


@shape(125)
def shell_functions(n):
    return script(lines(n, lambda i: f"f{i}() {{ f{i + 1}; f{i + 1}; }}") + "docker build .\n")


@shape(250)
def shell_substitutions(n):
    return script("docker build -t x " + "$(" * n + "\n")


# --- Configuration, custom checks, baseline -----------------------------------------------------------------------------


@shape(250)
def configuration_ignore(n):
    tree = {f"a/b/c/d/e/Dockerfile.{'a' * 25}{i}": DOCKERFILE for i in range(20)}
    return Repository({".clm-doctor.yaml": "ignore:\n" + lines(n, "- a*b*c/d"), **tree})


@shape(35)
def configuration_builds(n):
    builds = "builds:\n" + lines(n, lambda i: f"- {{name: b{i}, dockerfile: Dockerfile, args: {{A: '{i}'}}}}")
    return Repository({"Dockerfile": DOCKERFILE, ".clm-doctor.yaml": builds})


def custom(checks, body):
    return dockerfile(body, **{".clm-doctor.yaml": "custom-checks: [c.yaml]\n", "c.yaml": "checks:\n" + checks})


@shape(5)
def custom_patterns(n):
    patterns = ", ".join('"*%s*"' % ("a" * 100 + "%04d" % i) for i in range(n))
    check = f" - id: c-1\n   title: t\n   message: m\n   match: {{text: [{patterns}]}}\n"
    return custom(check, ("RUN " + "a" * 2000 + "\n") * 4)


@shape(12)
def custom_text(n):
    check = ' - id: c-1\n   title: t\n   message: m\n   match: {text: ["*%s*"]}\n' % ("a" * 100)
    return custom(check, ("RUN " + "a" * 2000 + "\n") * n)


@shape(30)
def custom_checks(n):
    return custom(
        lines(n, lambda i: f" - id: c-{i}\n   title: t\n   message: m\n   match: {{command: pip install}}"),
        "RUN pip install x\n" * 20,
    )


@shape(500, CHECK + ("--baseline", "known.json"))
def baseline(n):
    entry = lambda i: {"file": "Dockerfile", "check": "mount-syntax", "fingerprint": f"{i:016x}"}
    known = {"schema": "clm-doctor/baseline/1", "findings": [entry(i) for i in range(n)]}
    return dockerfile("RUN --mount=type=cache,tagret=/x true\n", **{"known.json": json.dumps(known)})


# --- What programs answer -----------------------------------------------------------------------------------------------


def files(n, content="x"):
    return {f"d{i % 20}/f{i}": content for i in range(n)}


@shape(250)
def git_index(n):
    tree = {"Dockerfile": DOCKERFILE + "COPY . /\n", **files(n)}
    return Repository(tree, committed=tree)


@shape(125, IMPACT)
def git_status_and_diff(n):
    before = {"Dockerfile": "FROM debian:12\nCOPY . /\n", **files(n)}
    return Repository({**before, **files(n, "y")}, committed=before)


@shape(125, ("impact", "--no-host", "--base", "HEAD~1", "--head", "HEAD", "--format", "json"))
def git_trees(n):
    before = {"Dockerfile": "FROM debian:12\nCOPY . /\n", **files(n)}
    return Repository({**before, **files(n, "y")}, committed=before)


@shape(30, ("impact", "--no-host", "--base", "HEAD~1", "--head", "HEAD", "--format", "json"))
def git_dockerfiles(n):
    text = {f"a{i}/Dockerfile": DOCKERFILE for i in range(n)}
    return Repository({path: value + "RUN true\n" for path, value in text.items()}, committed=text)


INFO = {"Driver": "overlay2", "DockerRootDir": "/nonexistent", "OSType": "linux", "ServerVersion": "28.5.2"}
INFO["ClientInfo"] = {"Context": "default", "Plugins": [{"Name": "buildx", "Version": "v0.29.1"}]}
NODE = {"Name": "default", "Endpoint": "default", "Status": "running", "Version": "v0.25.1", "GCPolicy": []}
BUILDER = {"Current": True, "Driver": "docker", "Name": "default", "Nodes": [NODE]}
USAGE = {"Images": [], "Containers": [], "Volumes": [], "BuildCache": []}
HOST = ("--format", "concise", "--host-timeout", "60")


def host(usage=USAGE, builders=(BUILDER,)):
    answers = {"info": INFO, "version": {"Client": {"Version": "28.5.2", "Os": "linux"}}, "system df": usage}
    answers = {key: json.dumps(value) + "\n" for key, value in answers.items()}
    answers["context inspect"] = json.dumps([{"Name": "default", "Endpoints": {}}])
    answers["buildx ls"] = "".join(json.dumps(builder) + "\n" for builder in builders)
    return Repository({"Dockerfile": DOCKERFILE}, docker=answers)


@shape(250, HOST)
def docker_records(n):
    record = {"Type": "exec.cachemount", "Size": "1GB", "Shared": "false", "InUse": "false", "UsageCount": "1"}
    record["CreatedSince"] = record["LastUsedSince"] = "3 hours ago"
    return host({**USAGE, "BuildCache": [{**record, "ID": f"r{i}", "Description": f"mount /c{i}"} for i in range(n)]})


@shape(125, HOST)
def docker_builders(n):
    return host(builders=[BUILDER] + [{**BUILDER, "Current": False, "Name": f"b{i}", "Driver": "remote"} for i in range(n)])


# --- impact -------------------------------------------------------------------------------------------------------------


def impact(name, start, line, prefix="FROM debian:12 AS s0\nCOPY a.txt /\n"):
    """A Dockerfile of n equal lines behind a COPY of a file that changes."""

    def make(n):
        body = prefix + lines(n, line)
        return changed(body, body)

    make.__name__ = "impact_" + name
    shape(start, IMPACT)(make)


for _name, _start, _line in [
    ("run_true", 125, "RUN true"),
    ("env_and_run", 100, lambda i: f"ENV a{i}=1\nRUN true"),
    ("workdir", 100, "WORKDIR a"),
    ("copy", 125, lambda i: f"COPY b /c{i}"),
    ("copy_twice_from_before", 3, lambda i: f"FROM debian:12 AS s{i + 1}\nCOPY --from=s{i} / /a/\nCOPY --from=s{i} / /b/"),
    ("stages_chain", 60, lambda i: f"FROM s{i} AS s{i + 1}\nRUN true"),
    ("bind_mounts", 125, lambda i: "RUN --mount=type=bind,target=/x cat /x/b/c.txt"),
]:
    impact(_name, _start, _line)


@shape(250, IMPACT)
def impact_two_texts(n):
    return changed("FROM debian:12\n" + lines(n, lambda i: f"RUN a{i}"), "FROM debian:12\n" + lines(n, lambda i: f"RUN b{i}"))


@shape(60, IMPACT)
def impact_builds(n):
    services = "services:\n" + lines(n, lambda i: f"  s{i}: {{build: {{context: ., args: {{A: {i}}}}}}}")
    made = changed(DOCKERFILE + "COPY a.txt /\n", DOCKERFILE + "COPY a.txt /\n")
    for tree in (made.files, made.committed):
        tree["compose.yaml"] = services
    return made


# --- History ------------------------------------------------------------------------------------------------------------

REPLAY = ("replay", "--no-host", "--last", "10000", "--format", "json")
REPLAYED = "FROM debian:12\nCOPY package.json ./\nRUN npm ci\nCOPY src src\nRUN make\n"


@shape(25, REPLAY)
def replay_commits(n):
    return Repository({}, {"Dockerfile": REPLAYED, "package.json": "{}", "src/a": ""}, [{f"src/d{i % 7}/f{i}": ""} for i in range(n)])


@shape(125, REPLAY)
def replay_files_of_a_commit(n):
    return Repository({}, {"Dockerfile": REPLAYED, "package.json": "{}", "src/a": ""}, [{f"src/d{i % 7}/f{i}": "" for i in range(n)}])


@shape(15, REPLAY)
def replay_builds(n):
    files = {f"s{i}/Dockerfile": REPLAYED for i in range(n)} | {f"s{i}/src/a": "" for i in range(n)} | {f"s{i}/package.json": "{}" for i in range(n)}
    return Repository({}, files, [{f"s{i}/src/a": "1" for i in range(n)}, {"s0/package.json": "{ }"}])


# --- Records of builds --------------------------------------------------------------------------------------------------

VERIFY = ("impact", "--no-host", "--base", "HEAD", "--verify", "build.log")
STEP = "#1 [2/2] COPY a.txt /\n#1 DONE 0.1s\n"


def record(name, start, line, first=STEP, last=""):
    """A log of n equal lines, beside the build that it is of."""

    def make(n):
        made = changed("FROM a\nCOPY a.txt /\n", "FROM a\nCOPY a.txt /\n")
        made.files["build.log"] = first + lines(n, line) + last
        return made

    make.__name__ = "record_" + name
    shape(start, VERIFY)(make)


def json_vertex(i, more=""):
    times = '"started": "2026-01-01T00:00:01Z", "completed": "2026-01-01T00:00:02Z"'
    return f'{{"vertexes":[{{"digest": "d{i}", "name": "[2/2] COPY a.txt /", {times}{more}}}]}}'


DIGEST = f"#9 sha256:{'ab' * 32}"
for _name, _start, _line, _first in [
    ("output", 1000, lambda i: f"#9 {i}.100 downloading {i}", STEP + "#9 [1/1] RUN x\n"),
    ("output_of_08", 1000, lambda i: f"#9 {i}.100 # #8 # DONE 0.1s {'#' * 60}", STEP + "#9 [1/1] RUN x\n" + DIGEST + "\n"),
    ("unfinished_lines", 1000, "no number " + "x" * 50, STEP + "#9 [1/1] RUN x\n"),
    ("vertices", 500, lambda i: f"#{i + 2} [s{i} 1/1] RUN x\n#{i + 2} DONE 0.1s", STEP),
    ("targets", 500, lambda i: f"#{i + 2} [t{i} internal] load x\n#{i + 2} DONE 0.1s", STEP),
    ("equal_names", 500, lambda i: f"#{i + 2} [2/2] ADD http://a /\n#{i + 2} DONE 0.1s", STEP),
    ("statuses", 500, lambda i: f"#9 sha256:{i} 1.2MB / 3.4MB 0.5s", STEP + "#9 [1/1] COPY x /\n"),
    ("switches", 500, lambda i: f"#{i % 2 + 8} [{i % 2 + 1}/9] RUN x\n#{i % 2 + 8} ...", STEP),
    ("builds", 100, lambda i: '#0 building with "a" instance\n#1 [1/1] RUN x\n#1 ERROR: no\nERROR: failed to solve', STEP),
    ("github", 1000, lambda i: f"2026-01-01T00:00:00.1234567Z #9 {i}.100 x", "2026-01-01T00:00:00.1234567Z #1 [2/2] COPY a.txt /\n"
     "2026-01-01T00:00:00.1234567Z #1 DONE 0.1s\n2026-01-01T00:00:00.1234567Z #9 [1/1] RUN x\n"),
    ("before_the_build", 1000, lambda i: f"[{i}] a\tb 12:00:00 compiling", ""),
    ("colours", 1000, lambda i: "\x1b[36m#9\x1b[0m 1.100 " + "\x1b[0mx" * 20, STEP + "#9 [1/1] RUN x\n"),
    ("json_vertices", 200, json_vertex, ""),
    ("json_inputs", 200, lambda i: json_vertex(i, f', "inputs": ["d{i - 1}", "d{i // 2}"]'), ""),
    ("json_attempts", 200, lambda i: json_vertex(0).replace("00:00:01Z", f"00:00:01.{i:06}Z"), json_vertex(0) + "\n"),
]:  # fmt: skip
    record(_name, _start, _line, _first, STEP if _name == "before_the_build" else "")


def tar(members):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def layout(status):
    """A record as `docker buildx history export` writes it, not packed."""
    blobs = {}

    def blob(content, kind):
        digest = hashlib.sha256(content).hexdigest()
        blobs["blobs/sha256/" + digest] = content
        return {"mediaType": kind, "digest": "sha256:" + digest, "size": len(content)}

    config = blob(b'{"Ref": "a"}', "application/vnd.buildkit.historyrecord.v0")
    layers = [blob(status, "application/vnd.buildkit.status.v0")]
    manifest = json.dumps({"config": config, "layers": layers}).encode()
    index = {"manifests": [blob(manifest, "application/vnd.oci.image.manifest.v1+json")]}
    return tar({"index.json": json.dumps(index).encode(), **blobs})


def status(digest, name):
    """A message with one vertex: all of its bytes are ASCII."""
    field = lambda number, content: bytes([number << 3 | 2, len(content)]) + content
    time = field(5, b"\x08\x01") + field(6, b"\x08\x02")
    message = field(1, field(1, digest.encode()) + field(3, name.encode()) + time)
    return bytes([len(message), 0, 0, 0]) + message


@shape(200, VERIFY)
def record_archive(n):
    made = changed("FROM a\nCOPY a.txt /\n", "FROM a\nCOPY a.txt /\n")
    made.files["build.log"] = layout(b"".join(status(f"d{i}", "[2/2] COPY a.txt /") for i in range(n))).decode("ascii")
    return made


@shape(200, VERIFY)
def record_archive_members(n):
    made = changed("FROM a\nCOPY a.txt /\n", "FROM a\nCOPY a.txt /\n")
    members = {f"blobs/sha256/{i}": b"x" for i in range(n)}
    # The end of an archive is two empty blocks and what fills the last record up.
    whole = tar(members)[: n * 1024] + layout(status("d", "[2/2] COPY a.txt /"))
    made.files["build.log"] = whole.decode("ascii")
    return made


# --- Repairs ------------------------------------------------------------------------------------------------------------

DIFF = ("--no-host", "--diff")


@shape(20, DIFF)
def fix_misspelt_mounts(n):
    return dockerfile(lines(n, "RUN --mount=type=cache,tagret=/x true"))


@shape(20, DIFF)
def fix_caches_that_are_off(n):
    step = lambda i: f"RUN --mount=type=cache,target=/root/.cache/pip pip install --no-cache-dir a{i}"
    return dockerfile(lines(n, step))


@shape(30, DIFF)
def fix_above_an_environment(n):
    """What a repair changes is compared for each step and its variables."""
    return dockerfile("RUN --mount=type=cache,tagret=/x true\n" + lines(n, lambda i: f"ENV a{i}=1\nRUN echo {i}"))

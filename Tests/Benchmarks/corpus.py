"""Writes Dockerfiles for the benchmarks: the same seed writes the same bytes."""

import random
from pathlib import Path

BASES = [
    "python:3.12-slim", "python:3.11", "node:20-alpine", "node:22", "golang:1.22", "rust:1.78-slim", "debian:bookworm",
    "ubuntu:22.04", "alpine:3.20", "eclipse-temurin:21-jdk", "php:8.3-fpm", "ruby:3.3", "nginx:1.27", "mcr.example/sdk:8.0",
]
PACKAGES = ["curl", "git", "build-essential", "ca-certificates", "libpq-dev", "gnupg", "unzip", "jq", "tini", "openssl"]


class Writer:
    def __init__(self, rng):
        self.rng = rng
        self.stages = []

    def stage(self):
        name = f"stage{len(self.stages)}"
        base = self.rng.choice(self.stages) if self.stages and self.rng.random() < 0.3 else self.rng.choice(BASES)
        self.stages.append(name)
        platform = "--platform=$BUILDPLATFORM " if self.rng.random() < 0.1 else ""
        return f"FROM {platform}{base} AS {name}"

    def some_packages(self):
        return self.rng.sample(PACKAGES, self.rng.randint(1, 6))

    def instruction(self):
        return self.rng.choice([
            self.apt, self.apt_with_mount, self.apk, self.pip, self.npm, self.go, self.shell, self.heredoc, self.copy,
            self.copy, self.copy_from, self.env, self.arg, self.workdir, self.label, self.comment, self.other,
        ])()

    def apt(self):
        lines = " \\\n    ".join(self.some_packages())
        return ("RUN apt-get update && apt-get install -y --no-install-recommends \\\n    " + lines
                + " \\\n    && rm -rf /var/lib/apt/lists/*")

    def apt_with_mount(self):
        return ("RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \\\n"
                "    --mount=type=cache,target=/var/lib/apt,sharing=locked \\\n"
                "    apt-get update && apt-get install -y " + " ".join(self.some_packages()))

    def apk(self):
        return "RUN apk add --no-cache " + " ".join(self.some_packages())

    def pip(self):
        flags = self.rng.choice(["", "--no-cache-dir ", "--user "])
        mount = "--mount=type=cache,target=/root/.cache/pip " if self.rng.random() < 0.4 else ""
        return f"RUN {mount}pip install {flags}-r requirements-{self.rng.randint(1, 9)}.txt"

    def npm(self):
        return self.rng.choice(["RUN npm ci", "RUN npm install && npm run build", "RUN yarn install --frozen-lockfile",
                                "RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev"])

    def go(self):
        return self.rng.choice(["RUN go mod download", "RUN CGO_ENABLED=0 go build -o /out/app ./cmd/app",
                                "RUN --mount=type=cache,target=/go/pkg/mod go build ./..."])

    def shell(self):
        steps = [f'echo "step {self.rng.randint(0, 999)} of ${{VERSION:-dev}}" > /tmp/{self.rng.randint(0, 99)}'
                 for _ in range(self.rng.randint(1, 5))]
        return "RUN set -eux; \\\n    " + "; \\\n    ".join(steps)

    def heredoc(self):
        lines = "\n".join(f"install -d /srv/{self.rng.randint(0, 99)}" for _ in range(self.rng.randint(1, 6)))
        # hadolint does not read on after a heredoc that no blank line follows.
        return f"RUN <<EOF\nset -e\n{lines}\nEOF\n"

    def copy(self):
        return self.rng.choice(["COPY . .", "COPY package.json package-lock.json ./", "COPY --chown=1000:1000 src/ /app/src/",
                                'COPY ["a file.txt", "/data/"]', "ADD config.tar.gz /etc/app/"])

    def copy_from(self):
        earlier = self.stages[:-1]
        return f"COPY --from={self.rng.choice(earlier)} /out/ /usr/local/bin/" if earlier else self.copy()

    def env(self):
        return f'ENV APP_{self.rng.randint(0, 99)}="value {self.rng.randint(0, 999)}" PATH=/opt/app/bin:$PATH'

    def arg(self):
        return self.rng.choice(["ARG VERSION=1.0", "ARG GIT_SHA", "ARG BUILD_DATE"])

    def workdir(self):
        return f"WORKDIR /srv/app{self.rng.randint(0, 9)}"

    def label(self):
        return f'LABEL org.opencontainers.image.title="app {self.rng.randint(0, 99)}"'

    def comment(self):
        return f"# Part {self.rng.randint(0, 999)}: what follows is needed at run time.\nEXPOSE {self.rng.randint(1024, 9999)}"

    def other(self):
        return self.rng.choice(["USER app", "USER root", "EXPOSE 8080", "VOLUME /data", "STOPSIGNAL SIGTERM",
                                'CMD ["app", "--serve"]', 'HEALTHCHECK CMD curl -f http://localhost/ || exit 1'])


def dockerfile(rng, instructions):
    """A Dockerfile of that many instructions in one to four stages."""
    writer = Writer(rng)
    stages = min(rng.randint(1, 4), instructions)
    starts = {0} | set(rng.sample(range(1, instructions), stages - 1)) if instructions > stages else {0}
    parts = ["# syntax=docker/dockerfile:1"] if rng.random() < 0.5 else []
    parts += [writer.stage() if number in starts else writer.instruction() for number in range(instructions)]
    return "\n".join(parts) + "\n"


def dockerfile_of_lines(rng, lines):
    """One Dockerfile of exactly that many lines."""
    writer = Writer(rng)
    parts = [writer.stage()]
    count = 1
    while count < lines:
        part = writer.instruction() if rng.random() < 0.98 else writer.stage()
        size = part.count("\n") + 1
        if count + size > lines:
            part, size = "EXPOSE 8080", 1
        parts.append(part)
        count += size
    return "\n".join(parts) + "\n"


def write(folder, text):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "Dockerfile"
    path.write_text(text)
    return path


def generate(root, seed):
    """Writes the corpus.

    Returns a dictionary from set name to (folder, Dockerfiles in it).
    """
    root = Path(root)
    rng = random.Random(seed)
    many = [write(root / "many" / f"service-{number:04}", dockerfile(rng, rng.randint(5, 80))) for number in range(1000)]
    small = write(root / "small", dockerfile(random.Random(seed + 1), 12))
    medium = write(root / "lines-1500", dockerfile_of_lines(random.Random(seed + 2), 1500))
    large = write(root / "lines-50000", dockerfile_of_lines(random.Random(seed + 2), 50000))
    return {
        "small": (root / "small", [small]),
        "many": (root / "many", many),
        "lines-1500": (root / "lines-1500", [medium]),
        "lines-50000": (root / "lines-50000", [large]),
    }

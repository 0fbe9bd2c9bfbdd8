import Diagnostics
import Dockerfile
import Project
import Repository
import SourceText
import Testing

@testable import Facts

/// The facts of a Dockerfile that stands alone.
func facts(_ text: String, args: [String: String?] = [:]) -> BuildFacts {
    let build = Build(name: "test", dockerfile: "Dockerfile", context: .unknown, args: args)
    let parsed = ParsedDockerfile(parsing: SourceText(path: "Dockerfile", text: text))
    return BuildFacts(
        build: build, dockerfile: parsed,
        context: ContextFacts(build: build, in: ContextStore(of: Snapshot(onDisk: ""))))
}

/// The last RUN of the last stage.
func lastRun(_ text: String) throws -> StepFacts {
    try #require(facts(text).stages.last?.steps.last { $0.run != nil })
}

/// `name action cache=place` of every invocation; `?` before a place that is not certain, `|` between candidates.
func outline(_ step: StepFacts) -> [String] {
    step.invocations.map { invocation in
        let caches = invocation.caches.map { use in
            let coverage =
                switch use.coverage {
                case .cacheMount(let index): " in mount \(index)"
                case .otherMount(let index): " in other mount \(index)"
                case .none: ""
                case .unknown: " in ?"
                }
            return (use.isCertain ? "" : "?") + use.candidates.joined(separator: "|")
                + (use.movedBy.map { " by \($0.name)" } ?? "") + coverage
        }
        return
            (["\(invocation.manager.name) \(invocation.action)"] + caches
            + invocation.defeats.map { "not \($0.text)" }).joined(separator: ", ")
    }
}

@Suite struct CachePlaceTests {
    @Test(
        arguments: [
            ("FROM python:3.12\nRUN pip install -r r.txt", ["pip install, /root/.cache/pip"]),
            ("FROM python:3.12\nRUN python3 -m pip install x", ["pip install, /root/.cache/pip"]),
            (
                "FROM python\nENV PIP_CACHE_DIR=/c\nRUN pip3.12 install x",
                ["pip install, /c by PIP_CACHE_DIR"]
            ),
            (
                "FROM python\nARG D\nENV PIP_CACHE_DIR=$D\nRUN pip install x",
                ["pip install, ? by PIP_CACHE_DIR in ?"]
            ),
            ("FROM python\nARG PIP_CACHE_DIR\nRUN pip install x", ["pip install, ?/root/.cache/pip"]),
            (
                "FROM python\nRUN PIP_CACHE_DIR=$HOME/c pip install x",
                ["pip install, /root/c by PIP_CACHE_DIR"]
            ),
            (
                "FROM python\nRUN export XDG_CACHE_HOME=/x && pip install x",
                ["pip install, /x/pip by XDG_CACHE_HOME"]
            ),
            ("FROM python\nRUN XDG_CACHE_HOME=/x; pip install x", ["pip install, /root/.cache/pip"]),
            (
                "FROM python\nRUN if a; then export PIP_CACHE_DIR=/x; fi; pip install x",
                ["pip install, ?/root/.cache/pip"]
            ),
            ("FROM python\nRUN pip install --cache-dir=/y/ x", ["pip install, /y by --cache-dir"]),
            (
                "FROM python\nWORKDIR /w\nRUN cd a && pip install --cache-dir ./y x",
                ["pip install, /w/a/y by --cache-dir"]
            ),
            ("FROM me/own\nRUN pip install x", ["pip install, ?/root/.cache/pip"]),
            (
                "FROM me/own\nRUN apt-get update && pip install x",
                ["apt update, /var/lib/apt/lists", "pip install, ?/root/.cache/pip"]
            ),
            ("FROM node\nUSER node\nRUN npm ci", ["npm install, /home/node/.npm"]),
            ("FROM node\nRUN su node -c 'npm ci'", ["npm install, ?/root/.npm"]),
            ("FROM node\nUSER 1000:1000\nRUN npm ci", ["npm install, /home/node/.npm"]),
            ("FROM node\nENV NPM_CONFIG_CACHE=/n\nRUN npm i", ["npm install, /n by NPM_CONFIG_CACHE"]),
            ("FROM node\nRUN npm run build; npm --version", ["npm other", "npm other"]),
            (
                "FROM debian\nRUN useradd -m -u 1234 app\nUSER app\nRUN uv sync",
                ["uv install, /home/app/.cache/uv"]
            ),
            (
                "FROM debian\nRUN useradd -d /app -u 1234 app\nUSER app\nRUN uv sync",
                ["uv install, /app/.cache/uv"]
            ),
            ("FROM debian\nUSER app\nRUN uv sync", ["uv install, ?/root/.cache/uv"]),
            (
                "FROM golang:1.23\nRUN go build ./...",
                ["go build, /go/pkg/mod by GOPATH, /root/.cache/go-build"]
            ),
            ("FROM golang:1.23\nRUN go mod download", ["go fetch, /go/pkg/mod by GOPATH"]),
            ("FROM debian\nRUN go mod download", ["go fetch, /root/go/pkg/mod"]),
            (
                "FROM rust:1\nRUN cargo +nightly build --release",
                [
                    "cargo build, /usr/local/cargo/registry by CARGO_HOME, /usr/local/cargo/git/db by CARGO_HOME"
                ]
            ),
            (
                "FROM lukemathwalker/cargo-chef:latest-rust-1.85\nRUN cargo chef cook",
                [
                    "cargo build, /usr/local/cargo/registry by CARGO_HOME, /usr/local/cargo/git/db by CARGO_HOME"
                ]
            ),
            (
                "FROM gradle:8\nENV GRADLE_USER_HOME=/e\nRUN gradle -Dgradle.user.home=/p build",
                [
                    "gradle build, /p/caches by -Dgradle.user.home, /p/wrapper by -Dgradle.user.home"
                ]
            ),
            (
                "FROM maven:3\nRUN mvn -B -Dmaven.repo.local=/m package",
                ["maven build, /m by -Dmaven.repo.local"]
            ),
            ("FROM maven:3\nENV HOME=/x\nRUN mvn package", ["maven build, /root/.m2/repository"]),
            (
                "FROM gradle:8\nRUN ./gradlew build",
                [
                    "gradle build, /root/.gradle/caches|/home/gradle/.gradle/caches, /root/.gradle/wrapper|/home/gradle/.gradle/wrapper"
                ]
            ),
            (
                "FROM mambaorg/micromamba\nRUN micromamba install -y -f e.yaml",
                ["micromamba install, /opt/conda/pkgs by MAMBA_ROOT_PREFIX"]
            ),
            (
                "FROM node\nRUN yarn install --production",
                ["yarn classic install, /usr/local/share/.cache/yarn"]
            ),
            ("FROM node\nUSER node\nRUN yarn --prod", ["yarn classic install, /home/node/.cache/yarn"]),
            ("FROM node\nRUN yarn --version", ["yarn other"]),
            (
                "FROM node\nENV PNPM_HOME=/pnpm\nRUN corepack pnpm fetch",
                ["pnpm fetch, /pnpm/store by PNPM_HOME"]
            ),
            ("FROM fedora:40\nRUN dnf install -y x", ["dnf install, /var/cache/dnf"]),
            ("FROM fedora:42\nRUN dnf install -y x", ["dnf install, /var/cache/libdnf5"]),
            ("FROM centos:7\nRUN yum install -y x", ["dnf install, /var/cache/yum"]),
            ("FROM rockylinux:9\nRUN yum install -y x", ["dnf install, /var/cache/dnf"]),
            (
                "FROM python\nENV PIP_NO_CACHE_DIR=off\nRUN pip install x",
                ["pip install, /root/.cache/pip, not PIP_NO_CACHE_DIR=off"]
            ),
            (
                "FROM python\nENV PIP_NO_CACHE_DIR=\nRUN pip install --no-cache-dir x",
                ["pip install, /root/.cache/pip, not --no-cache-dir"]
            ),
            (
                "FROM alpine\nRUN apk add --no-cache x",
                ["apk install, /etc/apk/cache|/var/cache/apk, not --no-cache"]
            ),
            (
                "FROM python\nRUN --mount=type=cache,target=/root/.cache pip install x",
                ["pip install, /root/.cache/pip in mount 0"]
            ),
            (
                "FROM python\nRUN --mount=type=tmpfs,target=/tmp --mount=type=cache,target=/root/.cache/pip/http-v2 pip install x",
                ["pip install, /root/.cache/pip in mount 1"]
            ),
            (
                "FROM python\nRUN --mount=type=tmpfs,target=/root/.cache pip install x",
                ["pip install, /root/.cache/pip in other mount 0"]
            ),
            (
                "FROM python\nARG C\nRUN --mount=type=cache,target=$C pip install x",
                ["pip install, /root/.cache/pip in ?"]
            ),
            (
                "FROM me/own\nRUN --mount=type=cache,target=/c pip install x",
                ["pip install, ?/root/.cache/pip in ?"]
            ),
            ("FROM debian\nSHELL [\"pwsh\", \"-c\"]\nRUN pip install x", []),
            ("FROM mcr.microsoft.com/windows/servercore\nRUN pip install x", []),
            ("FROM python\nRUN [\"pip\", \"install\", \"x\"]", ["pip install, /root/.cache/pip"]),
            ("FROM python\nRUN <<EOF\nset -e\npip install x\nEOF", ["pip install, /root/.cache/pip"]),
        ] as [(String, [String])])
    func places(text: String, expected: [String]) throws {
        #expect(outline(try lastRun(text)) == expected)
    }

    @Test(
        arguments: [
            ("pip install -r r.txt", "manifests"), ("pip install .", "sources"),
            ("pip install -e '.[dev]'", "sources"),
            ("pip install flask", "nothing"), ("pip install $P", "unknown"),
            ("pip install /w/*.whl", "nothing"),
            ("npm install", "manifests"), ("npm i -g x", "nothing"), ("cargo install --path .", "sources"),
            ("cargo install x", "nothing"), ("go install a/b@v1", "nothing"), ("go build", "sources"),
            ("uv sync --no-install-project", "manifests"), ("uv sync", "unknown"),
            ("conda install -y --file r.txt", "manifests"), ("conda install x", "nothing"),
        ])
    func inputs(command: String, expected: String) throws {
        #expect(
            "\(try #require(try lastRun("FROM debian\nRUN " + command).invocations.first).input)" == expected)
    }
}

@Suite struct UserTests {
    private func user(_ text: String) throws -> String {
        let step = try lastRun(text)
        switch step.user {
        case .root: return "root"
        case .unknown: return "unknown"
        case .other(let account):
            let uid = account.uid.value.map(String.init) ?? "?"
            let gid = account.gid.value.map(String.init) ?? "?"
            return "\(account.text) \(uid):\(gid) \(step.home.value ?? "?")"
        }
    }

    @Test(
        arguments: [
            ("FROM debian", "root"), ("FROM scratch", "root"), ("FROM me/own", "unknown"),
            ("FROM debian\nUSER 0", "root"),
            ("FROM me/own\nUSER root", "root"), ("FROM debian\nARG U\nUSER $U", "unknown"),
            ("FROM debian\nARG U=app\nUSER ${U}:1", "app ?:1 ?"), ("FROM debian\nUSER 5:6", "5 5:6 ?"),
            ("FROM debian\nENV HOME=/h\nUSER 5", "5 5:? /h"),
            ("FROM debian\nRUN groupadd -g 7 g && useradd -g g -u 6 u\nUSER u", "u 6:7 /home/u"),
            ("FROM debian\nRUN adduser --uid 6 --gid 7 --home /x --disabled-password u\nUSER u", "u 6:7 /x"),
            ("FROM alpine\nRUN adduser -D -u 6 u\nUSER u", "u 6:6 /home/u"),
            ("FROM alpine\nARG U=9\nRUN adduser -u $U u\nUSER u", "u 9:9 /home/u"),
            ("FROM python:3.13\nRUN useradd a && useradd b\nUSER b", "b 1001:1001 /home/b"),
            ("FROM node:22\nRUN useradd a\nUSER a", "a 1001:1001 /home/a"),
            ("FROM python:3.13\nRUN useradd --system a\nUSER a", "a ?:? /home/a"),
            ("FROM ubuntu:22.04\nRUN useradd a\nUSER a", "a ?:? /home/a"),
            ("FROM mambaorg/micromamba", "mambauser 57439:57439 /home/mambauser"),
            ("FROM debian\nRUN useradd -u 6 --no-user-group u\nUSER u", "u 6:? /home/u"),
            ("FROM debian AS a\nRUN useradd -u 6 u\nUSER u\nFROM a", "u 6:6 /home/u"),
            ("FROM me/own\nRUN apt-get update", "root"),
            ("FROM me/own\nRUN sudo apt-get update", "unknown"),
            ("FROM me/own\nUSER app\nRUN true\nUSER root\nRUN apt-get update\nUSER app", "app ?:? ?"),
        ])
    func users(text: String, expected: String) throws {
        #expect(try user(text + "\nRUN true") == expected)
    }
}

@Suite struct DistributionTests {
    @Test(
        arguments: [
            ("debian:12-slim", "debian 12 stock"), ("python:3.12-slim", "debian - stock"),
            ("python:3.12-slim-bookworm", "debian bookworm stock"),
            ("node:22-alpine3.20", "alpine 3.20 stock"),
            ("docker.io/library/ubuntu:22.04", "ubuntu 22.04 stock"), ("golang", "debian - stock"),
            ("nvidia/cuda:12.4.1-runtime-ubuntu22.04", "ubuntu 22.04 stock"),
            ("me/own:bookworm", "debian bookworm"),
            ("me/own", "unknown -"), ("fedora:41", "fedora 41 stock"),
            ("quay.io/centos/centos:stream9", "rhel - stock"),
            ("registry.access.redhat.com/ubi9/ubi-minimal:9.4", "rhel 9.4 stock"),
            ("registry.access.redhat.com/ubi8/ubi", "rhel 8 stock"), ("gcr.io/distroless/static", "none -"),
            ("mcr.microsoft.com/windows/nanoserver:ltsc2022", "windows -"),
            ("localhost:5000/python:3", "unknown -"),
            ("amazonlinux:2023", "rhel 2023 stock"), ("eclipse-temurin:21-jdk-alpine", "alpine - stock"),
            ("eclipse-temurin:21", "unknown -"),
        ])
    func distributions(reference: String, expected: String) {
        let found = Distribution(image: reference)
        #expect(
            "\(found.family) \(found.version ?? "-")\(found.isStock ? " stock" : "")" == expected)
    }
}

@Suite struct PackageManagerTableTests {
    @Test func rowsCanBeTold() {
        let names = PackageManager.all.map(\.name)
        #expect(Set(names).count == names.count)
        let programs = PackageManager.all.flatMap(\.programs)
        #expect(Set(programs).count == programs.count)
        for row in PackageManager.all {
            #expect(!row.verbs.isEmpty)
            // What only sets up other managers keeps nothing.
            #expect(!row.caches.isEmpty || row.verbs.allSatisfy { $0.action == .configure })
            for verb in row.verbs {
                #expect(verb.caches?.allSatisfy { $0 < row.caches.count } ?? true)
            }
        }
    }

    @Test func imagesCanBeTold() {
        let repositories = KnownImage.all.flatMap(\.repositories)
        #expect(Set(repositories).count == repositories.count)
        for repository in repositories {
            #expect(ImageReference(repository + ":1").repository == repository)
        }
    }
}

import Diagnostics

extension KnownImage {
    /// Read on 2026-11-23 from the images' own Dockerfiles (docker-library, nodejs/docker-node, rust-lang/docker-rust,
    /// carlossg/docker-maven, gradle/docker-gradle, mamba-org/micromamba-docker, ContinuumIO/docker-images,
    /// conda-forge/miniforge-images, jupyter/docker-stacks, astral-sh/uv, LukeMathWalker/cargo-chef), and on 2026-11-25
    /// from those of docker-library/ruby, docker-library/julia, haskell/docker-haskell, swiftlang/swift-docker,
    /// rocker-org/rocker-versioned2, dotnet/dotnet-docker, composer/docker, denoland/deno_docker, oven-sh/bun and
    /// ocurrent/ocaml-dockerfile. Adding one is adding a row.
    static let all: [KnownImage] = distributions + languages + tools

    private static let distributions: [KnownImage] = [
        KnownImage(repositories: ["debian", "bitnami/minideb"], family: .debian, tagIsVersion: true),
        KnownImage(
            repositories: ["ubuntu", "public.ecr.aws/ubuntu/ubuntu"], family: .ubuntu,
            accounts: [
                Account(name: "ubuntu", uid: .known(1000), gid: .known(1000), home: .known("/home/ubuntu"))
            ],
            tagIsVersion: true),
        KnownImage(repositories: ["buildpack-deps"], family: .debian),
        KnownImage(repositories: ["alpine"], family: .alpine, tagIsVersion: true),
        KnownImage(
            repositories: ["fedora", "quay.io/fedora/fedora", "registry.fedoraproject.org/fedora"],
            family: .fedora,
            tagIsVersion: true),
        KnownImage(
            repositories: [
                "centos", "quay.io/centos/centos", "rockylinux", "rockylinux/rockylinux", "almalinux",
                "almalinux/8-base", "almalinux/9-base", "oraclelinux", "amazonlinux",
                "public.ecr.aws/amazonlinux/amazonlinux", "redhat/ubi8", "redhat/ubi9", "redhat/ubi8-minimal",
                "redhat/ubi9-minimal", "registry.access.redhat.com/ubi8", "registry.access.redhat.com/ubi9",
                "registry.access.redhat.com/ubi8/ubi", "registry.access.redhat.com/ubi9/ubi",
                "registry.access.redhat.com/ubi10/ubi", "registry.access.redhat.com/ubi8/ubi-minimal",
                "registry.access.redhat.com/ubi9/ubi-minimal", "registry.access.redhat.com/ubi10/ubi-minimal",
            ], family: .rhel, tagIsVersion: true),
        KnownImage(
            repositories: ["opensuse/leap", "opensuse/tumbleweed", "registry.suse.com/bci/bci-base"],
            family: .suse),
        KnownImage(repositories: ["archlinux", "archlinux/archlinux"], family: .arch),
        KnownImage(repositories: ["busybox"], family: .none),
    ]

    private static let languages: [KnownImage] = [
        KnownImage(repositories: ["python", "pypy"], family: .debian),
        KnownImage(
            repositories: ["node"], family: .debian,
            accounts: [
                Account(name: "node", uid: .known(1000), gid: .known(1000), home: .known("/home/node"))
            ]),
        KnownImage(
            repositories: ["golang"], family: .debian, environment: [("GOPATH", "/go")], workdir: "/go"),
        KnownImage(
            repositories: ["rust", "lukemathwalker/cargo-chef"], family: .debian,
            environment: [("RUSTUP_HOME", "/usr/local/rustup"), ("CARGO_HOME", "/usr/local/cargo")]),
        KnownImage(
            repositories: ["ruby"], family: .debian,
            environment: [("GEM_HOME", "/usr/local/bundle"), ("BUNDLE_APP_CONFIG", "/usr/local/bundle")]),
        KnownImage(repositories: ["php"], family: .debian, workdir: "/var/www/html"),
        KnownImage(
            repositories: [
                "perl", "gcc", "openjdk", "erlang", "elixir", "hexpm/elixir", "hexpm/erlang", "haskell",
                "julia",
                "r-base",
            ], family: .debian),
        KnownImage(
            repositories: [
                "swift", "swiftlang/swift", "rocker/r-ver", "rocker/rstudio", "rocker/tidyverse",
                "rocker/verse", "rocker/geospatial",
            ], family: .ubuntu),
        // .NET 8 and 9 are on Debian, 10 is on Ubuntu where the tag names none.
        KnownImage(
            repositories: [
                "mcr.microsoft.com/dotnet/sdk", "mcr.microsoft.com/dotnet/aspnet",
                "mcr.microsoft.com/dotnet/runtime", "mcr.microsoft.com/dotnet/runtime-deps",
                "mcr.microsoft.com/dotnet/nightly/sdk", "mcr.microsoft.com/dotnet/nightly/aspnet",
            ], family: .unknown, environment: [("APP_UID", "1654")],
            accounts: [Account(name: "app", uid: .known(1654), gid: .known(1654), home: .known("/home/app"))]),
        KnownImage(
            repositories: ["eclipse-temurin", "amazoncorretto", "ibmjava", "sapmachine"], family: .unknown),
    ]

    private static let tools: [KnownImage] = [
        KnownImage(
            repositories: ["maven"], family: .unknown,
            environment: [("MAVEN_HOME", "/usr/share/maven"), ("MAVEN_CONFIG", "/root/.m2")]),
        KnownImage(
            repositories: ["gradle"], family: .ubuntu, environment: [("GRADLE_HOME", "/opt/gradle")],
            workdir: "/home/gradle",
            accounts: [
                Account(name: "gradle", uid: .known(1000), gid: .known(1000), home: .known("/home/gradle"))
            ], links: [Link(from: "/root/.gradle", to: "/home/gradle/.gradle")]),
        KnownImage(
            repositories: ["mambaorg/micromamba"], family: .debian,
            environment: [("MAMBA_ROOT_PREFIX", "/opt/conda"), ("MAMBA_USER", "mambauser")],
            user: "mambauser",
            workdir: "/tmp",
            accounts: [
                Account(
                    name: "mambauser", uid: .known(57439), gid: .known(57439), home: .known("/home/mambauser")
                )
            ]),
        KnownImage(
            repositories: ["continuumio/miniconda3", "continuumio/anaconda3"], family: .debian,
            environment: [("CONDA_DIR", "/opt/conda")]),
        KnownImage(
            repositories: [
                "condaforge/miniforge3", "condaforge/mambaforge", "quay.io/condaforge/miniforge3",
                "quay.io/condaforge/mambaforge",
            ], family: .ubuntu, environment: [("CONDA_DIR", "/opt/conda")]),
        KnownImage(
            repositories: [
                "jupyter/base-notebook", "jupyter/minimal-notebook", "jupyter/scipy-notebook",
                "quay.io/jupyter/base-notebook", "quay.io/jupyter/minimal-notebook",
                "quay.io/jupyter/scipy-notebook",
            ], family: .ubuntu, environment: [("CONDA_DIR", "/opt/conda")], user: "jovyan",
            workdir: "/home/jovyan",
            accounts: [
                Account(name: "jovyan", uid: .known(1000), gid: .known(100), home: .known("/home/jovyan"))
            ]),
        KnownImage(repositories: ["ghcr.io/astral-sh/uv"], family: .debian),
        KnownImage(
            repositories: ["ocaml/opam"], family: .debian, user: "opam", workdir: "/home/opam",
            accounts: [
                Account(name: "opam", uid: .known(1000), gid: .known(1000), home: .known("/home/opam"))
            ]),
        KnownImage(
            repositories: ["composer"], family: .alpine, environment: [("COMPOSER_HOME", "/tmp")],
            workdir: "/app"),
        KnownImage(
            repositories: ["denoland/deno"], family: .debian, environment: [("DENO_DIR", "/deno-dir/")],
            accounts: [
                Account(name: "deno", uid: .known(1993), gid: .known(1993), home: .known("/home/deno"))
            ]),
        KnownImage(repositories: ["nginx", "postgres", "mysql", "mariadb"], family: .debian),
        KnownImage(repositories: ["httpd"], family: .debian, workdir: "/usr/local/apache2"),
        KnownImage(repositories: ["redis"], family: .debian, workdir: "/data"),
        KnownImage(repositories: ["caddy"], family: .alpine, workdir: "/srv"),
        KnownImage(
            repositories: ["oven/bun"], family: .debian, workdir: "/home/bun/app",
            accounts: [Account(name: "bun", uid: .known(1000), gid: .known(1000), home: .known("/home/bun"))]),
    ]
}

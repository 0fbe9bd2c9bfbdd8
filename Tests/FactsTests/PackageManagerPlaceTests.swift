import Testing

@testable import Facts

/// What is known of one manager each: what its commands do, and where its caches are.
@Suite struct PackageManagerPlaceTests {
    @Test(
        arguments: [
            (
                "FROM composer\nRUN composer install",
                ["composer install, /tmp/cache by COMPOSER_HOME"]
            ),
            (
                "FROM php:8.3\nRUN php8.3 -d memory_limit=-1 /usr/bin/composer install",
                ["composer install, /root/.composer/cache|/root/.cache/composer"]
            ),
            (
                "FROM php\nENV COMPOSER_CACHE_DIR=/c\nRUN --mount=type=cache,target=/c composer update --no-cache",
                ["composer install, /c by COMPOSER_CACHE_DIR in mount 0, not --no-cache"]
            ),
            (
                "FROM php\nUSER 33\nRUN composer clear-cache; composer dump-autoload",
                ["composer clean, ?/root/.composer/cache|/root/.cache/composer", "composer other"]
            ),
        ])
    func php(file: String, expected: [String]) throws { #expect(outline(try lastRun(file)) == expected) }

    @Test(
        arguments: [
            ("FROM ruby:3.3\nRUN bundle install -j 4", ["bundler install, ?/usr/local/bundle/cache"]),
            ("FROM ruby:3.3\nRUN bundle", ["bundler install, ?/usr/local/bundle/cache"]),
            ("FROM ruby\nENV BUNDLE_PATH=/p\nRUN bundle install", ["bundler install, ? in ?"]),
            ("FROM ruby\nRUN bundle install --path=vendor", ["bundler install, ? in ?"]),
            ("FROM debian\nRUN bundle install", ["bundler install, ? in ?"]),
            ("FROM ruby\nRUN bundle exec rake; bundle --version", ["bundler other", "bundler other"]),
            ("FROM ruby\nRUN gem install -v 1 rails", ["gem install, /usr/local/bundle/cache by GEM_HOME"]),
            ("FROM debian\nRUN gem install rails", ["gem install, ? in ?"]),
        ])
    func ruby(file: String, expected: [String]) throws { #expect(outline(try lastRun(file)) == expected) }

    @Test(
        arguments: [
            (
                "FROM mcr.microsoft.com/dotnet/sdk:8.0\nRUN dotnet restore A.csproj",
                ["nuget fetch, /root/.nuget/packages, /root/.local/share/NuGet/v3-cache"]
            ),
            (
                "FROM mcr.microsoft.com/dotnet/sdk:8.0\nUSER $APP_UID\nRUN dotnet publish -c Release",
                ["nuget build, /home/app/.nuget/packages, /home/app/.local/share/NuGet/v3-cache"]
            ),
            (
                "FROM debian\nENV NUGET_PACKAGES=/n XDG_DATA_HOME=/d\nRUN dotnet tool install -g x",
                ["nuget install, /n by NUGET_PACKAGES, /d/NuGet/v3-cache by XDG_DATA_HOME"]
            ),
            (
                "FROM debian\nRUN dotnet nuget locals all --clear; dotnet workload install x; dotnet --info",
                [
                    "nuget clean, /root/.nuget/packages, /root/.local/share/NuGet/v3-cache", "nuget install",
                    "nuget other",
                ]
            ),
        ])
    func dotnet(file: String, expected: [String]) throws { #expect(outline(try lastRun(file)) == expected) }

    @Test(
        arguments: [
            ("FROM oven/bun\nRUN bun install", ["bun install, /root/.bun/install/cache"]),
            ("FROM oven/bun\nUSER bun\nRUN bun ci", ["bun install, /home/bun/.bun/install/cache"]),
            (
                "FROM debian\nENV BUN_INSTALL=/b\nRUN bun i --no-cache",
                ["bun install, /b/install/cache by BUN_INSTALL"]
            ),
            ("FROM debian\nRUN bun i --cache-dir=/x", ["bun install, /x by --cache-dir"]),
            (
                "FROM debian\nRUN bun run build; bun pm cache rm",
                [
                    "bun other", "bun clean, /root/.bun/install/cache",
                ]
            ),
            ("FROM denoland/deno\nRUN deno cache main.ts", ["deno install, /deno-dir by DENO_DIR"]),
            ("FROM debian\nRUN deno compile -o a main.ts", ["deno build, /root/.cache/deno"]),
            ("FROM debian\nRUN deno install -r", ["deno install, /root/.cache/deno, not -r"]),
        ])
    func javaScript(file: String, expected: [String]) throws {
        #expect(outline(try lastRun(file)) == expected)
    }

    @Test(
        arguments: [
            (
                "FROM haskell:9\nRUN cabal update && cabal build --only-dependencies",
                [
                    "cabal update, /root/.cache/cabal/packages|/root/.cabal/packages",
                    "cabal install, /root/.cache/cabal/packages|/root/.cabal/packages, "
                        + "/root/.local/state/cabal/store|/root/.cabal/store",
                ]
            ),
            (
                "FROM haskell:9\nENV CABAL_DIR=/c\nRUN cabal install exe:x",
                ["cabal install, /c/packages by CABAL_DIR, /c/store by CABAL_DIR"]
            ),
            ("FROM haskell:9\nRUN stack build --copy-bins", ["stack build, /root/.stack"]),
            (
                "FROM haskell:9\nENV STACK_ROOT=/s\nRUN stack setup; stack exec x",
                ["stack install, /s by STACK_ROOT", "stack other"]
            ),
            ("FROM haskell:9\nENV STACK_XDG=1\nRUN stack build", ["stack build, ? in ?"]),
            (
                "FROM ocaml/opam:debian-12-ocaml-5.2\nRUN opam install . --deps-only",
                ["opam install, /home/opam/.opam/download-cache"]
            ),
            (
                "FROM debian\nENV OPAMROOT=/o\nRUN opam init -y && opam install dune && opam clean",
                [
                    "opam install", "opam install, /o/download-cache by OPAMROOT",
                    "opam clean, /o/download-cache by OPAMROOT",
                ]
            ),
            (
                "FROM elixir:1.17\nRUN mix local.hex --force && mix deps.get --only prod && mix phx.digest",
                ["mix install", "mix fetch, /root/.hex", "mix other"]
            ),
            ("FROM elixir\nENV HEX_HOME=/h\nRUN mix deps.get", ["mix fetch, /h by HEX_HOME"]),
            ("FROM elixir\nENV MIX_XDG=1\nRUN mix deps.get", ["mix fetch, ? in ?"]),
        ])
    func functional(file: String, expected: [String]) throws {
        #expect(outline(try lastRun(file)) == expected)
    }

    @Test(
        arguments: [
            ("FROM rocker/r-ver\nRUN R -e 'renv::restore()'", ["renv install, ?/root/.cache/R/renv/cache"]),
            (
                "FROM rocker/r-ver\nENV RENV_PATHS_CACHE=/r\nRUN Rscript -e \"renv::restore(prompt=FALSE)\"",
                ["renv install, /r by RENV_PATHS_CACHE"]
            ),
            (
                "FROM r-base\nRUN Rscript -e 'install.packages(\"x\")' && Rscript a.R",
                ["renv install", "renv other"]
            ),
            (
                "FROM julia\nRUN julia --project=. -e 'using Pkg; Pkg.instantiate()'",
                ["julia install, /root/.julia"]
            ),
            (
                "FROM julia\nENV JULIA_DEPOT_PATH=/j:\nRUN julia -e 'import Pkg; Pkg.add(\"X\")'; julia a.jl",
                ["julia install, /j by JULIA_DEPOT_PATH", "julia other"]
            ),
        ])
    func statistics(file: String, expected: [String]) throws {
        #expect(outline(try lastRun(file)) == expected)
    }

    @Test(
        arguments: [
            ("FROM archlinux\nRUN pacman -Syu --noconfirm git", ["pacman install, /var/cache/pacman/pkg"]),
            (
                "FROM archlinux\nRUN pacman -Sy; pacman -Qs x; pacman -Ss x; yes | pacman -Scc",
                [
                    "pacman update, /var/cache/pacman/pkg", "pacman other", "pacman other",
                    "pacman clean, /var/cache/pacman/pkg",
                ]
            ),
            (
                "FROM opensuse/leap\nRUN zypper -n ref && zypper --non-interactive in git && zypper clean -a",
                [
                    "zypper update, /var/cache/zypp", "zypper install, /var/cache/zypp",
                    "zypper clean, /var/cache/zypp",
                ]
            ),
            ("FROM photon\nRUN tdnf install -y git", ["tdnf install, /var/cache/tdnf"]),
            (
                "FROM swift:6.0\nRUN swift build -c release",
                ["swiftpm build, /root/.cache/org.swift.swiftpm, /.build"]
            ),
            (
                "FROM swift\nRUN swift package --disable-dependency-cache resolve; swift --version",
                [
                    "swiftpm fetch, /root/.cache/org.swift.swiftpm, /.build, not --disable-dependency-cache",
                    "swiftpm other",
                ]
            ),
            (
                "FROM eclipse-temurin:21\nRUN sbt clean assembly; sbt clean",
                ["sbt build, /root/.cache/coursier/v1, /root/.sbt/boot", "sbt other"]
            ),
            (
                "FROM eclipse-temurin:21\nENV COURSIER_CACHE=/c\nRUN sbt -Dsbt.coursier.home=/h update",
                ["sbt fetch, /h/cache by -Dsbt.coursier.home, /root/.sbt/boot"]
            ),
            (
                "FROM debian\nENV CCACHE_DIR=/c CCACHE_DISABLE=1\nRUN ccache gcc a.c; ccache -C; ccache -s",
                [
                    "ccache build, /c by CCACHE_DIR, not CCACHE_DISABLE=1", "ccache clean, /c by CCACHE_DIR",
                    "ccache other",
                ]
            ),
            ("FROM debian\nRUN sccache gcc a.c", ["sccache build, /root/.cache/sccache"]),
            ("FROM debian\nENV SCCACHE_BUCKET=b\nRUN sccache gcc a.c", ["sccache build, ? in ?"]),
        ])
    func others(file: String, expected: [String]) throws { #expect(outline(try lastRun(file)) == expected) }

    @Test func titles() throws {
        let step = try lastRun(
            "FROM x\nRUN pacman -Syu git; R -e 'renv::restore()'; bundle; dotnet publish -c R; sbt a b")
        #expect(
            step.invocations.map(\.title) == [
                "pacman -Syu", "R renv::restore()", "bundle", "dotnet publish", "sbt a b",
            ])
    }
}

# The two commands that a newcomer needs are `make doctor` and `make test`; CONTRIBUTING.md tells about the others.

binary := .build/release/clm-doctor

.PHONY: doctor build test bench format lint help

doctor: build   ## build a release binary and examine this repository with it
	@$(binary)

build:          ## build a release binary: one file that needs no Swift on the machine it is copied to
	@.ci/install build
	@.ci/build-release

test:           ## run every test that this machine can run; says at its end what it left out
	@.ci/install test
	@Tests/run.sh

bench: build    ## measure against hadolint; fails where a bar is missed
	@.ci/install bench
	@Tests/Benchmarks/run.sh

format:         ## format all sources in place
	swift format --in-place --parallel --recursive Sources Tests Package.swift

lint:           ## report what is not formatted or breaks a style rule
	swift format lint --strict --parallel --recursive Sources Tests Package.swift

help:           ## list these commands
	@sed -n 's/^\([a-z]*\):.*## /  make \1: /p' Makefile

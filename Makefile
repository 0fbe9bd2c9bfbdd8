# The two commands that a newcomer needs are `make doctor` and `make test`; CONTRIBUTING.md tells about the others.

binary := .build/release/clm-doctor
export PREFIX DESTDIR

.PHONY: doctor build install uninstall package image test test-services test-images bench bench-images format lint help

doctor: build   ## build a release binary and examine this repository with it
	@$(binary); status=$$?; .ci/packages/where; exit $$status

build:          ## build a release binary: one file that needs no Swift on the machine it is copied to
	@.ci/install build
	@.ci/build-release

install:        ## install what `make build` made: PREFIX=/usr/local, DESTDIR= for a tree that is no system yet
	@.ci/packages/lay-out install

uninstall:      ## take away what `make install` put there, with the same PREFIX
	@.ci/packages/lay-out uninstall

package: build  ## make what is released, in .build/packages: tar.gz, deb, wheel, components, licences, checksums
	@.ci/packages/make

image: build    ## build the image clm-doctor around the program, with Docker
	@.ci/packages/image

test:           ## run every test that this machine can run; says at its end what it left out
	@.ci/install test
	@Tests/run.sh

test-services:  ## only the Python services, and what scripts, images and documents must agree on
	@.ci/install test
	@Tests/Images/services.sh

test-images:    ## only the images: build, run, push and pull them on a Docker Engine (needs root)
	@.ci/install images
	@Tests/Images/run.sh

bench: build    ## measure against hadolint; fails where a bar is missed
	@.ci/install bench
	@Tests/Benchmarks/run.sh

bench-images: build  ## measure what the cache mounts save; writes docs/cache-benchmark.md and its plot (needs root)
	@.ci/install images
	@Tests/Images/bench.sh

format:         ## format all sources in place
	swift format --in-place --parallel --recursive Sources Tests Package.swift

lint:           ## report what is not formatted or breaks a style rule
	swift format lint --strict --parallel --recursive Sources Tests Package.swift

help:           ## list these commands
	@sed -n 's/^\([a-z-]*\):.*## /  make \1: /p' Makefile

#!/bin/sh
export DOCKER_BUILDKIT="${DOCKER_BUILDKIT:-0}"
docker build -t app .

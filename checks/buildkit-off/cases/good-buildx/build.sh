#!/bin/sh
export DOCKER_BUILDKIT=0
docker buildx build -t app .

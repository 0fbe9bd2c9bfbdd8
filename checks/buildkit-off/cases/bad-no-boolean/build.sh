#!/bin/sh
export DOCKER_BUILDKIT=no
docker build -t app .

#!/bin/sh
# Never DOCKER_BUILDKIT=0 here.
docker build -t app .

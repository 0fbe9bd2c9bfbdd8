#!/bin/sh
STAMP=$(git rev-parse HEAD)
docker-compose -f docker/compose.ci.yaml build --build-arg=STAMP=$STAMP

#!/bin/sh
docker buildx build --builder big --pull -t app .
docker buildx build --platform linux/amd64,linux/arm64 --pull --push -t app .

#!/bin/sh
docker buildx build --push -t example.org/app --cache-from type=registry,ref=example.org/app:cache --cache-to type=registry,mode=max,ref=example.org/app:cache-$(git rev-parse HEAD) .

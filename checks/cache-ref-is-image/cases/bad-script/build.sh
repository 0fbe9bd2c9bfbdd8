#!/bin/sh
docker buildx build --push -t example/app:1 --cache-to type=registry,ref=example/app:1,mode=max .

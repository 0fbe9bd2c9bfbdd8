#!/bin/sh
docker buildx bake --set "*.args.BASE=debian:12" --set app.args.VERSION=1

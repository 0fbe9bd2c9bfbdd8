#!/bin/sh
docker buildx bake --no-cache app

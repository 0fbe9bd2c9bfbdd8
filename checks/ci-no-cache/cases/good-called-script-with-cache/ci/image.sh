#!/bin/sh
docker buildx build --cache-from type=registry,ref=example.org/shop:cache -t example.org/shop .

#!/bin/sh
docker buildx build --push -t app .

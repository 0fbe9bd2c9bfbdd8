#!/bin/sh
docker buildx build --builder=big --push -t app .

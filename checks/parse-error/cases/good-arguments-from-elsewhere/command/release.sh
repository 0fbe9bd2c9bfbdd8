#!/bin/sh
docker compose build --build-arg BASE=debian:12 --build-arg VERSION=1

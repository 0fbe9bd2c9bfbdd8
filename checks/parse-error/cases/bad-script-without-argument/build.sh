#!/bin/sh
set -e
docker build --build-arg CHANNEL=stable -t tool .

#!/bin/sh
cp -r package.json dist docker/
docker build -t app docker

#!/bin/sh
set -e
docker system prune -af
docker build -t app .

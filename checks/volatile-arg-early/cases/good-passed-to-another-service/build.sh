#!/bin/sh
docker compose build --build-arg STAMP=$(date) db
docker compose build --build-arg STAMP=$(date) $SERVICE
docker compose -f sub/compose.yaml build --build-arg STAMP=$(date)
docker compose build --build-arg STAMP=1
docker compose up --build app

#!/bin/sh
docker build --pull -t app .

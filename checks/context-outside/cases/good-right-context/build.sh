#!/bin/sh
docker build -t api -f services/api/Dockerfile .

#!/bin/sh
docker build -t api services/api

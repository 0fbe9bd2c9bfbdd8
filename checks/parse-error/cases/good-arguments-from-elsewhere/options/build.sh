#!/bin/sh
docker build $OPTIONS -t app .

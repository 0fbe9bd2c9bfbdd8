#!/bin/sh
if [ "$1" = new ]; then
  docker build --pull -t app .
fi

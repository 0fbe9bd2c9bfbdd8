#!/bin/sh
for pair in $(cat arguments); do docker build --build-arg "$pair" .; done

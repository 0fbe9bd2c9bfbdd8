#!/bin/bash
set -e
apt-get update
apt-get install -y --no-install-recommends build-essential cmake curl git python3-pip libssl-dev
rm -rf /var/lib/apt/lists/*

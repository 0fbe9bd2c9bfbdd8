#!/usr/bin/env python3
apt-get install -y build-essential cmake curl git python3-pip

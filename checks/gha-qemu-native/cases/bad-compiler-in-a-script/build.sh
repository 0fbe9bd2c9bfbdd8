#!/bin/sh
cd /src && make install

#!/bin/sh
printf "x
"

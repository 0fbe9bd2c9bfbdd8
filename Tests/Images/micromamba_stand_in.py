#!/usr/bin/python3
"""Stands in for micromamba where conda's channels cannot be reached (see machine.sh).

It understands `micromamba install --yes --name base --file FILE`, makes $MAMBA_ROOT_PREFIX a virtual environment of
the system's Python (so `python=` in FILE is not obeyed) and gets the packages of the same names from PyPI. As
micromamba does, it keeps downloads in $MAMBA_ROOT_PREFIX/pkgs, and elsewhere if that cannot be written to.
"""

import os
import re
import subprocess
import sys

PYPI_NAMES = {"matplotlib-base": "matplotlib"}

prefix = os.environ["MAMBA_ROOT_PREFIX"]
if sys.argv[1:6] != ["install", "--yes", "--name", "base", "--file"]:
    sys.exit(f"micromamba stand-in: not understood: {sys.argv[1:]}")
with open(sys.argv[6], encoding="utf-8") as file:
    wanted = re.findall(r"^  - ([a-z0-9-]+)=([0-9.]+)$", file.read(), re.MULTILINE)
packages = [f"{PYPI_NAMES.get(name, name)}=={version}.*" for name, version in wanted if name not in ("python", "pip")]
cache = f"{prefix}/pkgs"
if not os.access(cache, os.W_OK):
    cache = os.path.expanduser("~/.mamba/pkgs")
    print(f"micromamba stand-in: {prefix}/pkgs cannot be written to, using {cache}")
subprocess.run([sys.executable, "-m", "venv", prefix], check=True)
subprocess.run([f"{prefix}/bin/pip", "install", "--cache-dir", cache, *packages], check=True)

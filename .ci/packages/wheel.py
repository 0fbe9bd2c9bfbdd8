"""Packs the program as a wheel of PyPI's: wheel.py PROGRAM VERSION FOLDER SBOM LICENCE...

`pip install` puts the program beside python. It is static, so that it runs under glibc and musl alike, on every kernel that
the glibc in it supports (3.2); the oldest platforms that say so are manylinux_2_17 (PEP 600) and musllinux_1_1 (PEP 656).
https://packaging.python.org/en/latest/specifications/binary-distribution-format/
"""

import base64
import hashlib
import os
import sys
import time
import zipfile
from pathlib import Path

METADATA = """\
Metadata-Version: 2.4
Name: clm-doctor
Version: {version}
Summary: Finds out why Docker builds are slow
License-Expression: MIT
{licences}
Keywords: docker,dockerfile,buildkit,build cache,lint
Classifier: Environment :: Console
Classifier: Intended Audience :: Developers
Classifier: Operating System :: POSIX :: Linux
Classifier: Topic :: Software Development :: Build Tools
Classifier: Topic :: Software Development :: Quality Assurance
Requires-Python: >=3.7
Description-Content-Type: text/markdown

`clm-doctor` finds out why Docker builds are slow. It reads the Dockerfiles of a repository and what builds them (compose and
bake files, GitHub workflows, scripts, ignore files) as BuildKit does, and reports what keeps the build cache from working:
which step loses it, what that costs, and what to write instead.

    uvx clm-doctor                # examines the repository that you are in
    pip install clm-doctor

The program is one file and needs no Python.
"""


def packed(program, version, folder, sbom, licences):
    machine = os.uname().machine
    tags = [f"py3-none-{platform}_{machine}" for platform in ("manylinux2014", "manylinux_2_17", "musllinux_1_1")]
    platforms = ".".join(tag.rsplit("-", 1)[1] for tag in tags)
    information = f"clm_doctor-{version}.dist-info"
    files = {
        f"clm_doctor-{version}.data/scripts/clm-doctor": Path(program).read_bytes(),
        **{f"{information}/licenses/{Path(licence).name}": Path(licence).read_bytes() for licence in licences},
        f"{information}/sboms/{Path(sbom).name}": Path(sbom).read_bytes(),
        f"{information}/METADATA": METADATA.format(
            version=version, licences="\n".join(f"License-File: {Path(licence).name}" for licence in licences)).encode(),
        f"{information}/WHEEL": "".join(
            f"{line}\n" for line in ["Wheel-Version: 1.0", "Generator: clm-doctor", "Root-Is-Purelib: false",
                                     *(f"Tag: {tag}" for tag in tags)]).encode(),
    }
    record = f"{information}/RECORD"
    lines = []
    for name, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={digest},{len(content)}\n")
    files[record] = "".join([*lines, f"{record},,\n"]).encode()

    date = time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", time.time())))[:6]
    path = Path(folder, f"clm_doctor-{version}-py3-none-{platforms}.whl")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, date)
            entry.external_attr = (0o100755 if "/scripts/" in name else 0o100644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)


if __name__ == "__main__":
    packed(*sys.argv[1:5], sys.argv[5:])

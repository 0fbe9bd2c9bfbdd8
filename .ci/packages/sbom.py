"""Lists what is linked into the program: sbom.py VERSION SBOM LICENCES

SBOM is a list of components (CycloneDX 1.6, JSON), LICENCES their licences as text. Both follow from what the linker says
that it took (`.build/clm-doctor.linked`, `Objects.LinkFileList`): an archive that nothing here knows is an error.
SOURCE_DATE_EPOCH is the time of the list.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import uuid
from pathlib import Path
from urllib.parse import quote

SWIFT = "Apache-2.0 WITH Swift-exception"
GCC = "GPL-3.0-or-later WITH GCC-exception-3.1"

# What the archives of Debian belong to, and its licence as an SPDX expression.
SYSTEM = {
    "libjson-c.a": ("json-c", "MIT"),
    "libyaml.a": ("libyaml", "MIT"),
    "libz.a": ("zlib", "Zlib"),
    "libc.a": ("glibc", "LGPL-2.1-or-later"),
    "libm": ("glibc", "LGPL-2.1-or-later"),
    "libgcc.a": ("libgcc", GCC),
    "libgcc_eh.a": ("libgcc", GCC),
    "libstdc++.a": ("libstdc++", GCC),
}

# The parts of Swift's toolchain that are projects of their own.
TOOLCHAIN = {
    "libdispatch.a": "swift-corelibs-libdispatch",
    "libBlocksRuntime.a": "swift-corelibs-libdispatch",
    "libswiftDispatch.a": "swift-corelibs-libdispatch",
    "libFoundationEssentials.a": "swift-foundation",
    "lib_FoundationCShims.a": "swift-foundation",
    "lib_FoundationCollections.a": "swift-collections",
}


def output(*command):
    run = subprocess.run(command, capture_output=True, text=True)
    return run.stdout.strip() if run.returncode == 0 else ""


def component(name, version, licence, texts, purl=None):
    """A component as CycloneDX writes it, beside the files that its licence is read from."""
    entry = {"type": "library", "bom-ref": f"{name}@{version}", "name": name, "version": version,
             "licenses": [{"expression": licence}]}
    if purl:
        entry["purl"] = purl
    return entry, texts


def debian_component(name, licence, archive):
    package = output("dpkg-query", "--search", str(archive)).split(":")[0] or output(
        "dpkg-query", "--search", str(archive).removeprefix("/usr")).split(":")[0]
    if not package:
        sys.exit(f"sbom.py: {archive} belongs to no package of Debian's, so that its version cannot be told")
    version = output("dpkg-query", "--show", "--showformat=${Version}", package)
    texts = [Path("/usr/share/doc", package, "copyright")]
    for short in ("LGPL-2.1", "GPL-3.0"):
        if licence.startswith(short):
            texts.append(Path("/usr/share/common-licenses", short.removesuffix(".0")))
    return component(name, version, licence, texts, f"pkg:deb/debian/{package}@{quote(version)}")


def linked_archives():
    lines = Path(".build/clm-doctor.linked").read_text().splitlines()[1:]
    fields = [line.split("\t") for line in lines]
    return sorted({Path(path).resolve() for _, extracted, path in fields if int(extracted) > 0})


def toolchain_and_system(swift):
    version = re.search(r"Swift version ([0-9.]+)", output("swift", "--version")).group(1)
    licence = swift / "share/swift/LICENSE.txt"
    for archive in linked_archives():
        name = re.sub(r"-[0-9.]+\.a$", "", archive.name)
        if archive.is_relative_to(swift / "lib/swift_static"):
            yield component(TOOLCHAIN.get(name, "swift"), version, SWIFT, [licence])
        elif name in SYSTEM:
            yield debian_component(*SYSTEM[name], archive)
        else:
            sys.exit(f"sbom.py: nothing is known of {archive}, which the program is linked with")


def packages():
    """Swift packages of which a module is linked."""
    objects = Path(".build/release/clm-doctor.product/Objects.LinkFileList").read_text()
    modules = set(re.findall(r"/([^/\s]+)\.build/", objects))
    for pin in json.loads(Path("Package.resolved").read_text())["pins"]:
        checkout = Path(".build/checkouts", pin["identity"])
        if not any((checkout / "Sources" / module).is_dir() for module in modules):
            continue
        version, address = pin["state"]["version"], pin["location"].removeprefix("https://").removesuffix(".git")
        yield component(pin["identity"], version, SWIFT, sorted(checkout.glob("LICENSE*")), f"pkg:swift/{address}@{version}")


def main(version, sbom, licences):
    swift = Path(shutil.which("swift")).resolve().parents[1]
    found = {entry["bom-ref"]: (entry, texts) for entry, texts in [*toolchain_and_system(swift), *packages()]}
    entries = [found[reference] for reference in sorted(found)]
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", time.time()))))
    program = {"type": "application", "bom-ref": "clm-doctor", "name": "clm-doctor", "version": version,
               "licenses": [{"expression": "MIT"}]}
    document = {
        "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, json.dumps([version, now, sorted(found)]))}",
        "metadata": {"timestamp": now, "component": program},
        "components": [entry for entry, _ in entries],
        "dependencies": [{"ref": "clm-doctor", "dependsOn": sorted(found)}],
    }
    Path(sbom).write_text(json.dumps(document, indent=2) + "\n")

    parts = [
        f"clm-doctor {version} is under the MIT licence (LICENSE). These are linked into it:\n\n"
        + "".join(f"  {entry['name']} {entry['version']}: {entry['licenses'][0]['expression']}\n" for entry, _ in entries)
        + "\nTo link it anew with another version of one of them, such as the C library: `make build` in its sources.\n"
    ]
    named = {}
    for entry, texts in entries:
        if not texts:
            sys.exit(f"sbom.py: there is no licence text of {entry['name']}")
        for text in texts:
            named.setdefault(text.read_text(encoding="utf-8"), []).append(entry["name"])
    for text, names in named.items():
        parts.append(f"{'=' * 100}\n{', '.join(dict.fromkeys(names))}\n\n{text.strip()}\n")
    Path(licences).write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])

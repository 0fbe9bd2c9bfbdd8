#!/usr/bin/env python3
"""Stands in for the draw.io desktop program, which none of this project's machines can download.

It keeps the command-line contract of draw.io 31 as far as drawio-converter relies on it: --export with --format,
--page-index (from 1), --scale, --transparent, --output and one input; unknown options are passed over; it needs a
display; it says most errors in words and exits with 0; it never overwrites. What it draws is a placeholder with the
page's name, so nothing here says anything about draw.io's rendering.
"""

import os
import sys
import time
from xml.etree import ElementTree

VALUES = {"--format", "-f", "--page-index", "-p", "--scale", "-s", "--output", "-o"}
LONG = {"-f": "--format", "-p": "--page-index", "-s": "--scale", "-o": "--output"}


def fail(message):
    print(f"Error: {message}", file=sys.stderr)
    sys.exit(0)


def main():
    options, inputs = {}, []
    tokens = iter(sys.argv[1:])
    for token in tokens:
        if token in VALUES:
            options[LONG.get(token, token)] = next(tokens)
        elif token.startswith("-"):
            options[token] = "true"
        else:
            inputs.append(token)
    if not os.environ.get("DISPLAY"):
        print("Missing X server or $DISPLAY", file=sys.stderr)
        sys.exit(1)
    if "--export" not in options:
        fail("only --export is stood in for")
    source, output, kind = inputs[0], options["--output"], options.get("--format", "pdf")
    if os.path.exists(output):
        fail("Output file already exists")
    root = ElementTree.parse(source).getroot()
    pages = root.findall("diagram") if root.tag == "mxfile" else [root]
    page = pages[int(options.get("--page-index", "1")) - 1]
    name = page.get("name", "unnamed")
    if name == "hangs":
        time.sleep(600)
    if name == "fails":
        fail("Export failed: " + source)
    if name == "crashes":
        sys.exit(133)
    if name == "garbage":
        content = b"no image"
    elif kind == "svg":
        scale = options.get("--scale", "1")
        content = f'<svg xmlns="http://www.w3.org/2000/svg" data-scale="{scale}"><text>{name}</text></svg>'.encode()
    elif kind == "png":
        content = b"\x89PNG\r\n\x1a\n" + name.encode()
    else:
        content = b"%PDF-1.4\n" + name.encode()
    with open(output, "xb") as file:
        file.write(content)
    print(f"{source} -> {output}")


main()

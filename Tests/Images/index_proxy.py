#!/usr/bin/env python3
"""Passes pip's requests on to its package index, with the Cache-Control headers that PyPI sends.

pip keeps a download only if the answer allows it. PyPI's does (files: immutable, for years; pages: ten minutes). A
gateway between a test machine and PyPI may drop these headers, and then pip's cache stays empty whatever the
Dockerfile says. This proxy puts them back and counts bytes: index_proxy.py PORT LOG

LOG gets a line `KIND BYTES NAME` for each answer; KIND is page or file.
"""

import html
import json
import os
import sys
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote, unquote

from pip._internal.models.index import PyPI

INDEX = os.environ.get("PIP_INDEX_URL", PyPI.simple_url).rstrip("/")
JSON = "application/vnd.pypi.simple.v1+json"
lock = threading.Lock()
addresses: dict[str, str] = {}
kept: dict[str, bytes] = {}


def fetch(address, accept="*/*"):
    request = urllib.request.Request(address, headers={"Accept": accept, "User-Agent": "clm-image-tests"})
    with urllib.request.urlopen(request, timeout=180) as answer:
        return answer.read()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        parts = [unquote(part) for part in self.path.strip("/").split("/")]
        try:
            if len(parts) == 2 and parts[0] == "simple":
                self.page(parts[1])
            elif len(parts) == 3 and parts[0] == "file":
                self.file(parts[1], parts[2])
            else:
                self.answer(b"ok", "text/plain", "no-store")
        except OSError as error:
            self.send_error(502, str(error))

    def page(self, name):
        with lock:
            content = kept.get(name)
        if content is None:
            content = fetch(f"{INDEX}/{quote(name)}/", JSON)
            with lock:
                kept[name] = content
        links = []
        for entry in json.loads(content)["files"]:
            checksum = entry["hashes"]["sha256"]
            with lock:
                addresses[checksum] = entry["url"]
            python = entry.get("requires-python")
            attribute = f' data-requires-python="{html.escape(python)}"' if python else ""
            target = f"/file/{checksum}/{quote(entry['filename'])}#sha256={checksum}"
            links.append(f'<a href="{target}"{attribute}>{html.escape(entry["filename"])}</a><br>')
        self.answer("\n".join(links).encode(), "text/html", "max-age=600, public")
        self.count("page", len(content), name)

    def file(self, checksum, name):
        # Wheels have their metadata beside them; pip asks for it only if the page says so, which ours does not.
        with lock:
            content = kept.get(checksum)
            address = addresses[checksum]
        if content is None:
            content = fetch(address)
            with lock:
                kept[checksum] = content
        self.answer(content, "application/octet-stream", "max-age=365000000, immutable, public")
        self.count("file", len(content), name)

    def answer(self, content, kind, cache):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", cache)
        self.end_headers()
        self.wfile.write(content)

    def count(self, kind, size, name):
        with lock, open(sys.argv[2], "a", encoding="utf-8") as log:
            log.write(f"{kind} {size} {name}\n")

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()

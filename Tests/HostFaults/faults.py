"""Runs clm-doctor against daemons that answer wrongly, through the docker CLI of this machine.

faults.py CLM_DOCTOR

Each fault is to end in one clear line within the time limit, with nothing in it that drives a terminal, and the findings
about the repository are to be there all the same.
"""

import json
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

LIMIT = 4  # seconds, for --host-timeout
VERSION = {"Version": "28.5.2", "ApiVersion": "1.51", "MinAPIVersion": "1.24", "Os": "linux", "Arch": "amd64"}
INFO = {"ServerVersion": "28.5.2", "OSType": "linux", "Driver": "overlay2", "DockerRootDir": "/nonexistent"}
USAGE = {"LayersSize": 0, "Images": [], "Containers": [], "Volumes": [], "BuildCache": []}
ANSWERS = {"/version": VERSION, "/info": INFO, "/system/df": USAGE}


def response(body, status="200 OK", kind="application/json", length=None, api="1.51"):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = (
        f"HTTP/1.1 {status}\r\nApi-Version: {api}\r\nOstype: linux\r\nBuilder-Version: 2\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {len(body) if length is None else length}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


def well(path):
    for end, answer in ANSWERS.items():
        if path.split("?")[0].endswith(end):
            return response(answer)
    return response(b"OK", kind="text/plain") if path.endswith("/_ping") else response({"message": "no such page"}, "404 Not Found")


def wrong_for(end, make):
    """A daemon that is well but for one page."""
    return lambda path: make() if path.split("?")[0].endswith(end) else well(path)


def hang():
    time.sleep(LIMIT + 20)
    return b""


def slow(path):
    time.sleep(0.2)
    return well(path)


def gigantic():
    record = {"ID": "x", "Type": "regular", "Description": "y" * 1000, "Size": 1}
    return response({**USAGE, "BuildCache": [record] * 30_000})


ESC = "\x1b[31m\u202e\n::error::forged"
MALICIOUS = {
    **USAGE,
    "Images": [{"Id": "sha256:" + "0" * 64, "RepoTags": ["mhoelzl/clm-x-base:1" + ESC], "Size": 1, "Created": 1, "SharedSize": 0, "Containers": 0}],
    "BuildCache": [{"ID": "a" + ESC, "Type": ESC, "Description": ESC, "Size": 90_000_000_000, "UsageCount": 1, "CreatedAt": "2026-01-01T00:00:00Z"}],
}

# Name, daemon, part of the line that is to be printed; None where the host is examined without a word.
FAULTS = [
    ("well", well, None),
    ("slow", slow, None),
    ("hangs", lambda path: hang(), "longer than"),
    ("hangs in one answer", wrong_for("/system/df", hang), "longer than"),
    ("closes at once", lambda path: b"", "the Docker host is not examined"),
    ("closes in the middle of the head", lambda path: b"HTTP/1.1 200 O", "the Docker host is not examined"),
    ("closes in the middle of an answer", wrong_for("/system/df", lambda: response(b'{"Images": [', length=5000)), "`docker system df`"),
    ("HTTP 500", lambda path: response({"message": "boom"}, "500 Internal Server Error"), "boom"),
    ("HTTP 500 in one answer", wrong_for("/system/df", lambda: response({"message": "boom"}, "500 Internal Server Error")), "boom"),
    ("HTTP 500 with control characters", lambda path: response({"message": ESC}, "500 Internal Server Error"), "the Docker host is not examined"),
    ("truncated JSON", wrong_for("/system/df", lambda: response(b'{"Images": [')), "`docker system df`"),
    ("no JSON", wrong_for("/system/df", lambda: response(b"<html>", kind="text/html")), "`docker system df`"),
    ("no JSON at all", lambda path: response(b"<html>", kind="text/html"), "the Docker host is not examined"),
    ("no HTTP", lambda path: b"SSH-2.0-OpenSSH_9.2\r\n", "the Docker host is not examined"),
    ("gigantic JSON", wrong_for("/system/df", gigantic), "`docker system df` told nothing"),
    ("wrong types", wrong_for("/system/df", lambda: response({"Images": 7, "BuildCache": "x"})), "`docker system df`"),
    ("wrong types of the engine", wrong_for("/info", lambda: response({**INFO, "DriverStatus": 5})), "`docker info` told nothing"),
    ("unknown members", wrong_for("/info", lambda: response({**INFO, "Quantum": {"a": [1]}})), None),
    ("an API newer than ours", wrong_for("/version", lambda: response({**VERSION, "Version": "99.0.0", "ApiVersion": "9.99"}, api="9.99")), None),
    ("names with control characters", wrong_for("/system/df", lambda: response(MALICIOUS)), None),
]


class Daemon:
    """Answers on a socket until it is closed."""

    def __init__(self, listener, answer):
        self.listener, self.answer = listener, answer
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        try:
            data = b""
            while b"\r\n\r\n" not in data:
                part = connection.recv(65536)
                if not part:
                    return
                data += part
            connection.sendall(self.answer(data.split(b" ")[1].decode(errors="replace")))
        except OSError:
            pass
        finally:
            connection.close()


def unix_socket(path):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen(64)
    return listener


def tcp_socket():
    listener = socket.create_server(("127.0.0.1", 0))
    return listener, listener.getsockname()[1]


class Judge:
    def __init__(self, doctor, folder):
        self.doctor, self.folder = doctor, folder
        self.count, self.failed = 0, []

    def run(self, host, form, **environment):
        return subprocess.run(
            [self.doctor, "--host-timeout", str(LIMIT), "--format", form, "--fail-on", "never"],
            cwd=self.folder / "project",
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder), "LANG": "C.UTF-8", "DOCKER_HOST": host, **environment},
            capture_output=True,
            timeout=LIMIT + 60,
        )

    def judge(self, name, host, line, user=None, **environment):
        self.count += 1
        problems = []
        for form in ["concise", "text"]:
            done = self.run(host, form, **environment)
            output = done.stdout.decode()
            if done.returncode != 0 or done.stderr:
                problems.append(f"status {done.returncode}, {done.stderr.decode()}")
            if "syntax-dead" not in output:
                problems.append("the finding about the repository is missing")
            if any(ord(c) < 0x20 and c != "\n" or c == "\u202e" for c in output):
                problems.append("a control character is printed")
            if any(row.lstrip().startswith("::") for row in output.splitlines()):
                problems.append("a CI command is printed")
            if form == "concise":
                notes = [row for row in output.splitlines() if row.startswith("clm-doctor: note: ")]
                if len(notes) != (0 if line is None else 1):
                    problems.append(f"{len(notes)} lines: {notes}")
                elif line is not None and line not in notes[0]:
                    problems.append(notes[0])
        for problem in problems:
            print(f"{name}: {problem}")
        if problems:
            self.failed.append(name)


def main():
    doctor = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        os.chmod(folder, 0o755)
        (folder / "project").mkdir()
        (folder / "project/Dockerfile").write_text("# a comment\n# syntax=docker/dockerfile:1\nFROM debian:12\n")
        judge = Judge(doctor, folder)
        for index, (name, answer, line) in enumerate(FAULTS):
            listener = unix_socket(folder / f"{index}.sock")
            Daemon(listener, answer)
            judge.judge(name, f"unix://{folder}/{index}.sock", line)
            listener.close()

        judge.judge("no socket", f"unix://{folder}/none.sock", "the Docker daemon does not run")
        (folder / "file.sock").write_text("")
        judge.judge("a file in place of the socket", f"unix://{folder}/file.sock", "the Docker daemon does not run")
        judge.judge("nothing listens", "tcp://127.0.0.1:1", "the Docker daemon does not run")
        judge.judge("no such machine", "tcp://no-such-host.invalid:2375", "the machine of the Docker daemon cannot be reached")
        judge.judge("no address", "nonsense://x", "DOCKER_HOST is no address")
        judge.judge("no such context", "", "the docker context that is selected does not exist", DOCKER_CONTEXT="nope")
        listener, port = tcp_socket()
        Daemon(listener, well)
        judge.judge("TLS without certificates", f"tcp://127.0.0.1:{port}", "do not agree on TLS", DOCKER_TLS_VERIFY="1")
        listener.close()
        if tls := tls_socket(folder):
            listener, port = tls
            Daemon(listener, well)
            judge.judge("TLS that the client does not speak", f"tcp://127.0.0.1:{port}", "the Docker host is not examined")
            listener.close()
        if os.getuid() == 0:
            print("a socket without permission: not tried, root may use any")
        else:
            listener = unix_socket(folder / "closed.sock")
            os.chmod(folder / "closed.sock", 0)
            judge.judge("a socket without permission", f"unix://{folder}/closed.sock", "may not use")
            listener.close()
    print(f"{judge.count - len(judge.failed)} of {judge.count} faults of a daemon end in one clear line")
    sys.exit(1 if judge.failed else 0)


def tls_socket(folder):
    """A server with a certificate of its own; None where there is no openssl to make one."""
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "1"]
    try:
        subprocess.run([*command, "-keyout", "key.pem", "-out", "cert.pem"], cwd=folder, check=True, capture_output=True)
    except FileNotFoundError:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    listener, port = tcp_socket()
    return context.wrap_socket(listener, server_side=True), port


main()

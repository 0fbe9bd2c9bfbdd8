"""Stands in for the part of GitHub and GitLab that comments on a change: host.py FILE COMMAND...

Runs the command with the variables that lead to it, and keeps the comments in FILE, from run to run. The token `reader` may
not write.
"""

import http.server
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

file = Path(sys.argv[1])
comments = json.loads(file.read_text()) if file.exists() else []


class Host(http.server.BaseHTTPRequestHandler):
    def answer(self):
        token = self.headers.get("PRIVATE-TOKEN") or self.headers.get("Authorization", "").removeprefix("Bearer ")
        length = int(self.headers.get("Content-Length") or 0)
        value = json.loads(self.rfile.read(length)) if length else {}
        path = self.path.partition("?")[0].split("/")
        if self.path == "/graphql":
            nodes = [{"databaseId": one["id"], "viewerDidAuthor": one["author"] == token, "body": one["body"]} for one in comments]
            page = {"pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": nodes}
            self.send(200, {"data": {"repository": {"pullRequest": {"comments": page}}}})
        elif self.path == "/user":
            self.send(200, {"id": token})
        elif self.command == "GET":
            self.send(200, [{"id": one["id"], "author": {"id": one["author"]}, "body": one["body"]} for one in comments])
        elif token == "reader":
            self.send(403, {"message": "Resource not accessible by integration"})
        elif len(value["body"]) > 65_536:
            self.send(422, {"message": "Body is too long"})
        elif self.command == "POST" and path[1:] in (["repos", "o", "r", "issues", "5", "comments"], ["projects", "7", "merge_requests", "5", "notes"]):
            comments.append({"id": len(comments) + 1, "author": token, "body": value["body"]})
            self.send(201, {})
        elif self.command == {"repos": "PATCH", "projects": "PUT"}.get(path[1]):
            comments[int(path[-1]) - 1]["body"] = value["body"]
            self.send(200, {})
        else:
            self.send(404, {})

    do_GET = do_POST = do_PATCH = do_PUT = answer

    def send(self, status, value):
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(value).encode())

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Host)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{server.server_port}"
status = subprocess.run(sys.argv[2:], env=os.environ | {
    "GITHUB_API_URL": address, "GITHUB_GRAPHQL_URL": f"{address}/graphql", "GITHUB_REPOSITORY": "o/r",
    "CI_API_V4_URL": address, "CI_PROJECT_ID": "7", "CI_MERGE_REQUEST_IID": "5"}).returncode
file.write_text(json.dumps(comments))
sys.exit(status)

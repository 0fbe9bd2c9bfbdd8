"""Makes a release on GitLab of the files in a folder: gitlab_release.py FOLDER

Runs in a job of a tag, with that job's own token: the files go into the project's generic packages, and the release links
them below `/-/releases/TAG/downloads/`. https://docs.gitlab.com/api/releases/#create-a-release
"""

import json
import os
import sys
import urllib.request
from pathlib import Path
from urllib.parse import quote


def main(folder):
    tag = os.environ["CI_COMMIT_TAG"]
    project = f"{os.environ['CI_API_V4_URL']}/projects/{os.environ['CI_PROJECT_ID']}"

    def send(method, address, body, kind):
        headers = {"JOB-TOKEN": os.environ["CI_JOB_TOKEN"], "Content-Type": kind}
        urllib.request.urlopen(urllib.request.Request(address, body, headers, method=method), timeout=300).close()

    links = []
    for file in sorted(Path(folder).iterdir()):
        address = f"{project}/packages/generic/clm-doctor/{quote(tag.removeprefix('v'))}/{quote(file.name)}"
        send("PUT", address, file.read_bytes(), "application/octet-stream")
        links.append({"name": file.name, "url": address, "direct_asset_path": f"/{file.name}", "link_type": "package"})
    release = {"tag_name": tag, "name": tag, "description": f"clm-doctor {tag}", "assets": {"links": links}}
    send("POST", f"{project}/releases", json.dumps(release).encode(), "application/json")


if __name__ == "__main__":
    main(*sys.argv[1:])

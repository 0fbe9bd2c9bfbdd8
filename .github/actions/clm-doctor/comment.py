"""Writes a report as one comment on the pull request of this run: comment.py FILE [--update]

A comment that an earlier run wrote is replaced; with --update none is made where there is none. Takes INPUT_TOKEN, which
stands in no argument, and what the runner says: GITHUB_REPOSITORY, GITHUB_EVENT_PATH, GITHUB_API_URL, GITHUB_GRAPHQL_URL.
"""

import json
import os
import sys
import urllib.error
import urllib.request

MARK = "<!-- clm-doctor impact -->"
# A comment of somebody else's may hold the mark too: only what this token wrote is replaced.
QUERY = """query($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) {
    comments(first: 100, after: $after) { pageInfo { hasNextPage endCursor } nodes { databaseId viewerDidAuthor body } } } } }"""
PAGES = 20
# GitHub refuses a longer one.
CHARACTERS = 65_536


def ask(method, address, value):
    request = urllib.request.Request(address, json.dumps(value).encode(), method=method, headers={
        "Authorization": f"Bearer {os.environ['INPUT_TOKEN']}", "Accept": "application/vnd.github+json",
        "Content-Type": "application/json", "User-Agent": "clm-doctor"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def earlier(repository, number):
    """The id of the comment that an earlier run wrote; None where there is none."""
    owner, name = repository.split("/", 1)
    after = None
    for _ in range(PAGES):
        variables = {"owner": owner, "name": name, "number": number, "after": after}
        answer = ask("POST", os.environ["GITHUB_GRAPHQL_URL"], {"query": QUERY, "variables": variables})
        comments = answer["data"]["repository"]["pullRequest"]["comments"]
        for comment in comments["nodes"]:
            if comment["viewerDidAuthor"] and comment["body"].startswith(MARK):
                return comment["databaseId"]
        if not comments["pageInfo"]["hasNextPage"]:
            return None
        after = comments["pageInfo"]["endCursor"]
    return None


def main(path, *options):
    with open(os.environ["GITHUB_EVENT_PATH"], encoding="utf-8") as file:
        number = json.load(file)["pull_request"]["number"]
    with open(path, encoding="utf-8") as file:
        body = f"{MARK}\n{file.read()}"
    if len(body) > CHARACTERS:
        sys.exit("it is too long for a comment")
    repository = os.environ["GITHUB_REPOSITORY"]
    issues = f"{os.environ['GITHUB_API_URL']}/repos/{repository}/issues"
    comment = earlier(repository, number)
    if comment is not None:
        ask("PATCH", f"{issues}/comments/{comment}", {"body": body})
    elif "--update" not in options:
        ask("POST", f"{issues}/{number}/comments", {"body": body})


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (urllib.error.URLError, OSError, ValueError, KeyError, TypeError) as error:
        sys.exit(f"{error}")

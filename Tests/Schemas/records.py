"""Lets programs that read them judge the store of builds and what is exported of it.

records.py CLM_DOCTOR SCHEMA_FOLDER RECORDS_PAGE PROMTOOL

JSON Lines are read by DuckDB with the queries of docs/records.md, OpenMetrics by promtool (where there is one) and by Prometheus's
own parser, OTLP by the messages of opentelemetry-proto. Names hold what would break out of each of them.
"""

import base64
import json
import os
import re
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path

import duckdb
from google.protobuf import json_format
from jsonschema import Draft202012Validator, FormatChecker
from opentelemetry.proto.trace.v1.trace_pb2 import Status, TracesData
from prometheus_client.openmetrics.parser import text_string_to_metric_families

FORGED = 'RUN echo "a\\b" }\n# EOF\n::error::x ##[error] \x1b[31m \u202e é'
START = datetime.now(timezone.utc).replace(microsecond=0) - timedelta(days=20)


def expect(what, actual, wanted):
    if actual != wanted:
        sys.exit(f"{what}: {actual!r}, not {wanted!r}")


def rawjson(number, seconds, cached):
    """A build on day `number`: FROM takes 1 s, `npm ci` so many and is cached or not, the forged step 2 s."""
    start = START + timedelta(days=number)

    def vertex(digest, name, begin, end, **more):
        times = {key: (start + timedelta(seconds=second)).isoformat() for key, second in (("started", begin), ("completed", end))}
        return json.dumps({"vertexes": [{"digest": digest, "name": name, **times, **more}]})

    return "\n".join([
        vertex("a", "[web 1/3] FROM node", 0, 1),
        vertex("b", "[web 2/3] RUN npm ci", 1, 1 + seconds, inputs=["a"], cached=cached),
        vertex("c", f"[web 3/3] {FORGED}", 1 + seconds, 3 + seconds, inputs=["b"]),
    ]) + "\n"


# Seconds of `npm ci`, and whether it was cached.
BUILDS = [(30, False), (0, True), (40, False), (50, False), (0, True)]


def jsonl(text, schemas, page, folder):
    judge = Draft202012Validator(json.loads((schemas / "step-line.schema.json").read_text()), format_checker=FormatChecker())
    lines = [json.loads(line) for line in text.splitlines()]
    for line in lines:
        expect("what the schema says", [error.message for error in judge.iter_errors(line)], [])
    expect("lines", len(lines), 3 * len(BUILDS) + 1)
    expect("forged text", sum(line["text"] == FORGED for line in lines), len(BUILDS))
    Path(folder, "steps.jsonl").write_text(text)
    os.chdir(folder)
    costs, weeks, slowest = (duckdb.sql(query).fetchall() for query in re.findall("```sql\n(.*?)```", page.read_text(), re.S))
    # stage, text, runs, median, p95, minutes
    expect("what cost most", costs[0][:4] + (costs[0][5],), ("web", "RUN npm ci", 3, 40.0, 2.0))
    expect("builds of all weeks", sum(week[1] for week in weeks), len(BUILDS))
    expect("the slowest build and its first miss", slowest[0][2:], (53.0, "RUN npm ci"))
    # The plain log tells no times.
    expect("all builds", len(slowest), len(BUILDS) + 1)


def openmetrics(text, promtool):
    families = {family.name: family for family in text_string_to_metric_families(text)}
    builds = families["clm_doctor_builds"].samples
    expect("builds", sum(sample.value for sample in builds), len(BUILDS) + 1)
    expect("repository", {sample.labels["repository"] for sample in builds}, {"https://github.com/acme/shop", ""})
    times = {sample.labels.get("quantile", sample.name): sample.value
             for sample in families["clm_doctor_step_duration_seconds"].samples if sample.labels["step"] == "RUN npm ci"}
    expect("times", times, {"0.5": 40.0, "0.95": 50.0, "1.0": 50.0, "clm_doctor_step_duration_seconds_count": 3.0,
                            "clm_doctor_step_duration_seconds_sum": 120.0})
    hits = {sample.labels["step"]: sample.value for sample in families["clm_doctor_step_hits"].samples}
    expect("hits", hits["RUN npm ci"], 2.0)
    if promtool:
        done = subprocess.run([promtool, "check", "metrics"], input=text.encode(), capture_output=True)
        expect("what promtool says", (done.returncode, done.stdout + done.stderr), (0, b""))


def otlp(text):
    value = json.loads(text)
    spans = [span for resource in value["resourceSpans"] for scope in resource["scopeSpans"] for span in scope["spans"]]
    for span in spans:
        # OTLP writes them as hexadecimal digits, where protobuf's JSON has base64.
        for key in ("traceId", "spanId", "parentSpanId"):
            if key in span:
                span[key] = base64.b64encode(bytes.fromhex(span[key])).decode()
    message = json_format.Parse(json.dumps(value), TracesData())
    expect("traces", len(message.resource_spans), len(BUILDS))
    ids = set()
    for resource in message.resource_spans:
        attributes = {attribute.key: attribute.value.string_value for attribute in resource.resource.attributes}
        expect("repository", attributes["vcs.repository.url.full"], "https://github.com/acme/shop")
        root, *children = resource.scope_spans[0].spans
        expect("a root", root.parent_span_id, b"")
        expect("status", root.status.code, Status.STATUS_CODE_OK)
        for span in (root, *children):
            expect("length of ids", (len(span.trace_id), len(span.span_id)), (16, 8))
            expect("trace", span.trace_id, root.trace_id)
            expect("time", root.start_time_unix_nano <= span.start_time_unix_nano <= span.end_time_unix_nano <= root.end_time_unix_nano, True)
            ids.add((span.trace_id, span.span_id))
        expect("parents", {span.parent_span_id for span in children}, {root.span_id})
    expect("spans of one id", len(spans) - len(ids), 0)
    first = message.resource_spans[0].scope_spans[0].spans
    expect("start", first[0].start_time_unix_nano, int(START.timestamp()) * 10**9)
    expect("names", {span.name for span in first}, {"build", "[web 1/3] FROM node", "[web 2/3] RUN npm ci", f"[web 3/3] {FORGED}"})


def main():
    doctor, schemas, page = (Path(argument).resolve() for argument in sys.argv[1:4])
    promtool = sys.argv[4] if len(sys.argv) > 4 else ""
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"XDG_CACHE_HOME": f"{folder}/cache"}

        def records(*arguments):
            done = subprocess.run([doctor, "records", *arguments], cwd=folder, env=environment, capture_output=True)
            expect(f"exit code of {arguments}: {done.stderr.decode()}", done.returncode, 0)
            return done.stdout.decode()

        for number, (seconds, cached) in enumerate(BUILDS):
            Path(folder, f"{number}.log").write_text(rawjson(number, seconds, cached))
            records("add", "--repository", "https://github.com/acme/shop", f"{number}.log")
        Path(folder, "plain.log").write_text("#1 [web 2/2] RUN x\n#1 0.5 hello\n#1 DONE 1.5s\n")
        records("add", "plain.log")

        judge = Draft202012Validator(json.loads((schemas / "record.schema.json").read_text()))
        stored = list(Path(folder, "cache/clm-doctor/records").glob("*.json"))
        expect("files", len(stored), len(BUILDS) + 1)
        for path in stored:
            expect("what the schema says", [error.message for error in judge.iter_errors(json.loads(path.read_text()))], [])
        listed = json.loads(records("list", "--format", "json"))
        judge = Draft202012Validator(json.loads((schemas / "records.schema.json").read_text()))
        expect("what the schema says", [error.message for error in judge.iter_errors(listed)], [])
        expect("builds", len(listed["builds"]), len(BUILDS) + 1)

        openmetrics(records("export", "--format", "openmetrics"), promtool)
        otlp(records("export", "--format", "otlp"))
        jsonl(records("export", "--format", "jsonl"), schemas, page, folder)
        os.chdir("/")
    print("records: as DuckDB, Prometheus and OpenTelemetry want them" + ("" if promtool else " (without promtool)"))


main()

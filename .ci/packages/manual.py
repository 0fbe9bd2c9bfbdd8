"""Writes a manual page for each command: manual.py PROGRAM FOLDER

What a page says is what the program says of itself (`--experimental-dump-help`), so that no page can be out of date.
SOURCE_DATE_EPOCH is the date of the pages.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path


def escaped(text):
    """Text as roff prints it: the hyphen of an option can be copied, and no line is a request."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("`", "\\(ga").replace("^", "\\(ha").replace("~", "\\(ti")
    return "\\&" + text if text.startswith((".", "'")) else text


def paragraphs(text):
    """Lines of roff. What is laid out in columns stays as it is, under the heading before it."""
    lines, wraps = [], True
    for line in text.split("\n"):
        laid_out = line.startswith("  ")
        if laid_out == wraps:
            lines.append(".EX" if laid_out else ".EE")
            wraps = not laid_out
        if line.isupper() and line.endswith(":"):
            lines.append(f".SH {line[:-1]}")
        elif line:
            lines.append(escaped(line))
        elif lines and lines[-1] not in (".EE", ".PP"):
            lines.append(".PP")
    if not wraps:
        lines.append(".EE")
    while lines and lines[-1] == ".PP":
        lines.pop()
    return [line for line, after in zip(lines, lines[1:] + [""]) if line != ".PP" or not after.startswith(".")]


def name(option):
    return ("--" if option["kind"] == "long" else "-") + option["name"]


def value(argument):
    return f"\\fI{escaped(argument['valueName'])}\\fR"


def synopsis(words, command):
    default = [one for one in command.get("subcommands", []) if one["commandName"] == command.get("defaultSubcommand")]
    shown = [argument for argument in (default or [command])[0].get("arguments", []) if argument["shouldDisplay"]]
    parts = [f"\\fB{escaped(' '.join(words))}\\fR"]
    for argument in shown:
        if argument["kind"] == "positional":
            part = value(argument) + (" ..." if argument["isRepeating"] else "")
            parts.append(f"[{part}]" if argument["isOptional"] else part)
    for argument in shown:
        if argument["kind"] == "option" and not argument["isOptional"]:
            parts.append(f"\\fB{escaped(name(argument['preferredName']))}\\fR {value(argument)}")
    if any(argument["kind"] != "positional" for argument in shown):
        parts.append("[\\fIoptions\\fR]")
    lines = [" ".join(parts)]
    if command.get("subcommands"):
        lines += [".br", f"\\fB{escaped(' '.join(words))}\\fR \\fIcommand\\fR [\\fIoptions\\fR]"]
    return lines


def described(argument):
    """One entry of the list of arguments and options."""
    if argument["kind"] == "positional":
        head = value(argument)
    else:
        head = ", ".join(f"\\fB{escaped(name(option))}\\fR" for option in argument.get("names", []))
        if argument["kind"] == "option":
            head += " " + value(argument)
    text = argument.get("abstract", "")
    if default := argument.get("defaultValue"):
        text += f" (default: {default})"
    lines = [".TP", head, escaped(text) or "\\&"]
    missing = [one for one in argument.get("allValues", []) if one not in text]
    if missing:
        lines += [".br", escaped("One of: " + ", ".join(argument["allValues"]) + ".")]
    if discussion := argument.get("discussion"):
        lines += [".IP", *paragraphs(discussion)]
    return lines


def page(words, command, root, version, date):
    title = "-".join(words)
    lines = [
        f".TH {escaped(title.upper())} 1 \"{date}\" \"{root} {version}\" \"{root}\"",
        ".SH NAME", f"{escaped(title)} \\- {escaped(command.get('abstract', '').rstrip('.'))}",
        ".SH SYNOPSIS", *synopsis(words, command),
    ]
    if discussion := command.get("discussion"):
        lines += [".SH DESCRIPTION", *paragraphs(discussion)]
    shown = [argument for argument in command.get("arguments", []) if argument["shouldDisplay"]]
    for heading, kinds in (("ARGUMENTS", ("positional",)), ("OPTIONS", ("option", "flag"))):
        entries = [argument for argument in shown if argument["kind"] in kinds]
        if entries:
            lines += [f".SH {heading}", *(line for argument in entries for line in described(argument))]
    subcommands = [one for one in command.get("subcommands", []) if one["shouldDisplay"] and one["commandName"] != "help"]
    if subcommands:
        lines.append(".SH COMMANDS")
        for one in subcommands:
            lines += [".TP", f"\\fB{escaped('-'.join([*words, one['commandName']]))}\\fR(1)", escaped(one.get("abstract", ""))]
    if len(words) > 1:
        lines += [".SH SEE ALSO", f"\\fB{escaped('-'.join(words[:-1]))}\\fR(1)"]
    pages = {f"{title}.1": "\n".join(lines) + "\n"}
    for one in subcommands:
        pages |= page([*words, one["commandName"]], one, root, version, date)
    return pages


def main(program, folder):
    def said(*arguments):
        return subprocess.run([program, *arguments], check=True, capture_output=True, text=True, timeout=60).stdout

    root = json.loads(said("--experimental-dump-help"))["command"]
    date = time.strftime("%Y-%m-%d", time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", time.time()))))
    pages = page([root["commandName"]], root, root["commandName"], said("--version").strip(), date)
    Path(folder).mkdir(parents=True, exist_ok=True)
    for title, text in pages.items():
        (Path(folder) / title).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])

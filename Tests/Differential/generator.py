"""Makes Dockerfiles that are hard to parse, the same ones for the same seed."""

import random

WORDS = ["a", "bc", "alpine", "x=y", "=", "a=", "--flag", "--", "-", "#", "# c", "$V", "${V}", "${V:-w}", "${V", "é",
         "日本", "a\u00a0b", "\u2003", "\\", "\\\\", "`", "``", "\\a", "\\\"", "'a b'", "\"a b\"", "'", "\"", "\"a'b\"",
         "'a\"b'", "a\"b c\"d", "<<", "<<<", "<", ">", "|", "&&", ";", "[", "]", "[]", "{", "}", "/x", "/x/", ".", "..",
         "AS", "as", "name", "1", "007", "\x7f", "\u0085", "a\\ b", "k=\"v w\"", "k='v w'", "\"k 1\"=v", "a\\=b", "k=v\\",
         "http://h/p?q", "@sha256:0", "*", "?", "\t", "\v", "\f", "\u3000"]
FLAGS = ["--a", "--a=b", "--from=x", "--mount=type=cache,target=/x", "--mount=type=bind,source=a,target=\"/x y\"",
         "--chown=\"a b\"", "--chown='a b'", "--x=a\\ b", "--x=a`b", "--", "--\"q\"=1", "--é=ü", "--x=\\", "--platform=$P",
         "--interval=3s", "--network=none", "--a=\"", "--a='b", "--exclude=*.md"]
NAMES = ["FROM", "RUN", "COPY", "ADD", "ENV", "LABEL", "ARG", "CMD", "ENTRYPOINT", "EXPOSE", "VOLUME", "USER", "WORKDIR",
         "SHELL", "STOPSIGNAL", "HEALTHCHECK", "MAINTAINER", "ONBUILD"]
DELIMITERS = ["EOF", "A", "-EOF", "\"EOF\"", "'EOF'", "-\"E F\"", "E'O'F", "\\EOF", " EOF", "- EOF", "é", "file.txt", "\"\"",
              "$V", "E${V}", "E${V:-w}", "\"E", "EOF;", "EOF>x"]
JSON = ['["a","b"]', '["a", "b c"]', '[ "a" , "b" ]', '[]', '["a"', '["a",]', "['a']", '["a" "b"]', '[1]', '["a",1]',
        '["a",null]', '["a",["b"]]', '["a",{"b":"c"}]', '["\\u00e9\\n\\""]', '["\\x"]', '["a\tb"]', '["é"]', '["a"] x',
        '["a"]x', '["\\ud83d\\ude00"]', '["\\ud83d"]', '["a","b"]\t', '[""]', '["a",true]', '[-1.5e3]', '[01]', '[ ]',
        '["a\\', '["$V","/x"]', '[["a"]]', '{"a":"b"}', '["<<EOF","/x"]']
SPACES = [" ", " ", " ", "  ", "\t", " \t ", "\v", "\f", "\r", "\u00a0 "]


class _File:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.newline = self.random.choice(["\n", "\n", "\n", "\r\n", "\r\n", "mixed"])
        self.escape = "\\"
        self.parts = []

    def pick(self, items):
        return self.random.choice(items)

    def chance(self, probability):
        return self.random.random() < probability

    def end(self):
        if self.newline == "mixed":
            return self.pick(["\n", "\r\n", "\r\r\n"])
        return self.newline

    def line(self, text):
        self.parts.append(text + self.end())

    def case(self, name):
        return self.pick([name, name, name, name.lower(), name.capitalize(), name.swapcase()])

    def directives(self):
        if self.chance(0.05):
            self.parts.append("\ufeff")
        if self.chance(0.05):
            self.line("#!/usr/bin/env x")
        for _ in range(self.pick([0, 0, 0, 1, 1, 2, 3])):
            name = self.pick(["escape", "escape", "syntax", "ESCAPE", "Syntax", "foo", "check"] if self.chance(0.3)
                             else ["escape", "syntax"])
            value = self.pick(["\\", "`", "`", "docker/dockerfile:1", "docker/dockerfile:1 x", "", " ", "``"]
                              if name.lower() != "syntax" else ["docker/dockerfile:1", "docker/dockerfile:1 y"])
            if name.lower() == "escape" and value == "`":
                self.escape = "`"
            text = "#" + self.pick(["", " ", "  ", "\t", "\u00a0"]) + name + self.pick(["", " "]) + "=" + self.pick(
                ["", " ", "  "]) + value + self.pick(["", "", " "])
            self.line(self.pick(["", "", "", " ", "\t"]) + text)

    def words(self, low, high):
        return self.pick(SPACES).join(self.pick(WORDS) for _ in range(self.random.randint(low, high)))

    def arguments(self, name):
        if self.chance(0.2) and name not in ("FROM", "ENV", "ARG"):
            return self.pick(JSON)
        if name == "FROM":
            return self.pick(["alpine", "alpine AS a", "a as B", "$V", "a b", "a AS b c", "scratch # x", "", "a AS 1x"])
        if name in ("ENV", "LABEL"):
            return self.pick([self.words(0, 4), "A=1", "A=1 B=\"2 3\"", "A 1 2", "A", "a=b c", "A=\"x", "A='x' B", "A = b",
                              "\"A\"=b", "A=b\\ c", "A=b" + self.escape, "A=" + self.pick(WORDS) + " B=" + self.pick(WORDS)])
        if name == "HEALTHCHECK":
            return self.pick(["NONE", "none x", "CMD", "CMD x", "CMD  " + self.pick(JSON), "FOO x", "", "CMD\u00a0x", "CMD\tx y"])
        if name == "ONBUILD":
            inner = self.pick(NAMES + ["FOO"])
            return self.case(inner) + self.pick(SPACES) + self.flags() + self.arguments(inner)
        return self.words(0, 5)

    def flags(self):
        if not self.chance(0.3):
            return ""
        return "".join(self.pick(FLAGS) + self.pick(SPACES) for _ in range(self.random.randint(1, 3)))

    def heredocs(self):
        openers, bodies = [], []
        for _ in range(self.pick([1, 1, 1, 2, 3])):
            delimiter = self.pick(DELIMITERS)
            openers.append(self.pick(["", "", "", "3", "x", "12"]) + "<<" + delimiter)
            name = delimiter.strip("-\"' \\").replace("'", "")
            tabs = "\t\t" if delimiter.startswith("-") and self.chance(0.5) else ""
            body = []
            for _ in range(self.random.randint(0, 3)):
                body.append(tabs + self.pick(["echo a", "RUN x", "# c", "", "a \\", "<<EOF", name + " ", " " + name, "$V '", "#!/x"]))
            if not self.chance(0.05):
                body.append(tabs + name)
            bodies.append(body)
        return openers, bodies

    def broken(self, text):
        """The text with continuations, and lines between them that do not count."""
        pieces = []
        while text:
            cut = self.random.randint(0, len(text))
            pieces.append(text[:cut])
            text = text[cut:]
            if self.chance(0.5):
                pieces[-1] += text
                break
        for index, piece in enumerate(pieces):
            if index + 1 == len(pieces):
                self.line(piece)
                return
            self.line(piece + self.escape + self.pick(["", "", "", " ", "\t ", "\u00a0"] if self.chance(0.2) else [""]))
            while self.chance(0.3):
                self.line(self.pick(["# comment", "  # comment \\", "", "   ", "#", "\t", "\u00a0", "# check=x", "# escape=`"]))
        self.line("")

    def instruction(self):
        name = self.pick(NAMES) if not self.chance(0.03) else self.pick(["FOO", "RUNN", "", "RUN\u00a0x", "é"])
        text = self.pick(["", "", "", " ", "\t", "\u00a0"]) + self.case(name) + self.pick(SPACES) + self.flags()
        if self.chance(0.25) and name in ("RUN", "COPY", "ADD", "ONBUILD", "CMD"):
            if name == "ONBUILD":
                text += self.pick(["RUN ", "COPY ", "ONBUILD RUN ", "CMD "])
            openers, bodies = self.heredocs()
            words = openers + [self.pick(WORDS) for _ in range(self.pick([0, 1, 2]))]
            if self.chance(0.3):
                self.random.shuffle(words)
            if name in ("COPY", "ADD"):
                words.append("/x")
            text += " ".join(words)
            if self.chance(0.2):
                self.broken(text)
            else:
                self.line(text)
            for body in bodies:
                for line in body:
                    self.line(line)
            return
        text += self.arguments(name) + self.pick(["", "", "", " ", "\t", "\u00a0"])
        if self.chance(0.35):
            self.broken(text)
        else:
            self.line(text)

    def text(self):
        self.directives()
        if self.chance(0.7):
            self.line(self.pick(["FROM alpine", "FROM alpine AS a", "from scratch"]))
        for _ in range(self.random.randint(0, 8)):
            if self.chance(0.15):
                self.line(self.pick(["", " ", "# c", " # c", "#", "## x", "\u00a0", "# escape=`", self.escape, self.escape * 2]))
            self.instruction()
        text = "".join(self.parts)
        if self.chance(0.2):
            text = text.rstrip("\r\n")
        if self.chance(0.15):
            text = self.mutated(text)
        return text

    def mutated(self, text):
        for _ in range(self.random.randint(1, 4)):
            at = self.random.randint(0, len(text))
            text = self.pick([
                text[:at] + text[at + 1:],
                text[:at] + self.pick(WORDS) + text[at:],
                text[:at] + "\n" + text[at:],
                text[:at] + text[max(0, at - 7):],
            ])
        return text


def files(seed, count):
    for index in range(count):
        yield _File(f"{seed}/{index}").text()

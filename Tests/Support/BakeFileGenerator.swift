/// Bake files by chance, which bake takes: the same ones for the same number.
public struct BakeFileGenerator {
    private var state: UInt64
    private var names: [String] = []

    public init(_ seed: Int) { state = UInt64(truncatingIfNeeded: seed) &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    /// SplitMix64, whose numbers are the same everywhere.
    private mutating func number(_ end: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ (mixed >> 31)) % UInt64(end))
    }

    private mutating func one(_ choices: [String]) -> String { choices[number(choices.count)] }

    /// - Returns: a file of so many targets.
    public mutating func file(targets: Int) -> String {
        var text = """
            // Made by chance.
            variable "TAG" { default = "\(one(["v1.2.3", "latest", "release-2"]))" }
            variable "COUNT" {
              default = \(number(9))
            }
            variable "ON" { default = \(one(["true", "false"])) } # of a line
            variable "LIST" { default = ["b", "a", "\(one(["c", "a", "x y"]))"] }
            variable "MAP" {
              default = { x = "1", "y-z" = "\(number(5))", deep = { n = \(number(100)) } }
            }
            variable "MADE" { default = "${upper(TAG)}-${COUNT + 1}" }
            variable "TYPED" {
              type    = list(string)
              default = [\(number(9)), "t"]
            }
            setting = "set-${TAG}"
            function "tag" {
              params = [name, version]
              result = ["r/${name}:${version}", notequal(version, "latest") ? "r/${name}:latest" : ""]
            }
            function "all" {
              params          = [first]
              variadic_params = rest
              result          = join(",", concat([first], rest))
            }

            """
        names = (0..<targets).map { "t\($0)" }
        text += "group \"default\" { targets = [\"\(names.joined(separator: "\", \""))\"] }\n"
        for index in 0..<targets { text += target(index) }
        return text
    }

    private mutating func target(_ index: Int) -> String {
        let hasMatrix = number(6) == 0
        var lines: [String] = []
        if hasMatrix {
            lines += [
                "name = \"t\(index)-${replace(m, \".\", \"-\")}-${n.k}\"",
                "matrix = {\n m = [\"1.0\", \"\(number(9) + 2).1\"]\n n = [{ k = \"a\" }, { k = \"b\" }]\n}",
            ]
            names[index] = ""
        }
        if index > 0, number(2) == 0 {
            let parents = (0..<(1 + number(2))).compactMap { _ -> String? in
                let name = names[number(index)]
                return name.isEmpty ? nil : "\"\(name)\""
            }
            if !parents.isEmpty { lines.append("inherits = [\(parents.joined(separator: ", "))]") }
        }
        let scope = hasMatrix ? ["m", "n.k", "\"${m}/${n[\"k\"]}\""] : ["\"plain\""]
        for line in [
            "context = \(folder())", "dockerfile = \(one(["\"D\"", "\"${TAG}.Dockerfile\"", "null"]))",
            "args = {\n  A = \(value())\n  B = \(one(scope))\n  C = \(number(2) == 0 ? value() : "null")\n}",
            "args = { for k, v in MAP : upper(k) => v if k != \"deep\" }",
            "labels = { \"org.x/\(number(3))\" = \(value()), other = \(value()) }",
            "tags = \(one(["tag(\"i\(index)\", TAG)", "[for t in LIST : \"r:\(index)-${replace(t, \" \", \"_\")}\"]", "[\(value())]"]))",
            "target = \(one(["\"s\"", "ON ? \"dev\" : \"prod\"", "TAG"]))",
            "platforms = \(one(["[\"linux/amd64\", \"linux/arm64\"]", "split(\",\", \"linux/amd64,linux/s390x\")", "[]"]))",
            "contexts = { c = \(folder()), i = \"docker-image://a:${TAG}\" }",
            "no-cache = \(one(["true", "ON", "\"false\"", "COUNT > 3"]))", "pull = !ON",
            "cache-from = [\"type=gha,scope=${TAG}\", \"r/c:\(number(3))\"]",
            "cache-to = [{ type = \"registry\", ref = \"r/${TAG}\" }]",
            "output = [\"type=\(one(["docker", "image"]))\"]",
            "shm-size = \(one(["\"128m\"", "COUNT"]))", "annotations = [\"index:k=${TAG}\"]",
            "dockerfile-inline = <<\(one(["", "-"]))EOT\n    FROM a\n      RUN %{ if ON }on%{ else }off%{ endif } \(number(9))\n    RUN %{ for l in LIST ~}[${l}]%{ endfor }\n    EOT",
            "no-cache-filter = [\"\(one(["a", "b"]))\"]", "network = \"none\"", "description = \"d${COUNT}\"",
        ] where number(3) == 0 {
            let name = String(line.prefix { $0 != " " })
            if !lines.contains(where: { $0.hasPrefix(name + " ") }) { lines.append(line) }
        }
        let indented = lines.joined(separator: "\n  ")
        return "target \"t\(index)\" {\n  \(indented)\n}\n"
    }

    private mutating func folder() -> String {
        one(["\"src\"", "\"a/b\"", "\".\"", "\"dir-${COUNT}\"", "\"https://x.y/z.git#${TAG}\""])
    }

    /// An expression whose value is a text, or can be made one.
    private mutating func value(_ depth: Int = 0) -> String {
        let leaf = depth > 2 ? 12 : 60
        switch number(leaf) {
        case 0: return "TAG"
        case 1: return "COUNT"
        case 2: return "\"x-${TAG}\""
        case 3: return "MADE"
        case 4: return one(["12", "1.50", "0.1", "1e3", "-4"])
        case 5: return "LIST[\(number(3))]"
        case 6: return "MAP.x"
        case 7: return "MAP[\"y-z\"]"
        case 8: return "setting"
        case 9: return "TYPED[0]"
        case 10: return "\"$${TAG} %%{x} \\\"q\\\" \\u00e9\\t\""
        case 11: return "MAP.deep.n"
        case 12: return "upper(\(value(depth + 1)))"
        case 13: return "ON ? \(value(depth + 1)) : \(value(depth + 1))"
        case 14: return "join(\"\(one([",", "-", ""]))\", [\(value(depth + 1)), \(value(depth + 1))])"
        case 15: return "replace(\(value(depth + 1)), \"1\", \"one\")"
        case 16: return "length(LIST)"
        case 17: return "(COUNT + \(number(9))) * \(number(5)) - \(number(20)) / 4"
        case 18: return "COUNT % 3 == \(number(3))"
        case 19: return "!ON || COUNT >= \(number(9)) && TAG != \"latest\""
        case 20: return "all(\"f\", \(value(depth + 1)), TAG)"
        case 21: return "coalesce(null, \(value(depth + 1)))"
        case 22: return "element(LIST, \(number(7)))"
        case 23: return "contains(LIST, \"\(one(["a", "q"]))\")"
        case 24: return "join(\"/\", [for i, v in LIST : \"${i}${v}\" if v != \"a\"])"
        case 25: return "join(\"/\", keys({ for v in distinct(LIST) : v => upper(v) }))"
        case 26: return "try(MAP.none, \(value(depth + 1)))"
        case 27: return "can(MAP.\(one(["none", "x"])))"
        case 28: return "lookup(MAP.deep, \"\(one(["n", "o"]))\", 7)"
        case 29: return "jsonencode({ a = \(value(depth + 1)), b = [1, true, null] })"
        case 30: return "regex_replace(TAG, \"[^a-z]+\", \"\(one(["", "-$0-", "_"]))\")"
        case 31: return "join(\".\", slice(split(\"-\", \"a-b-c-d\"), \(number(2)), \(2 + number(3))))"
        case 32: return "substr(\(value(depth + 1)), \(number(3)), \(number(5)))"
        case 33: return "format(\"%s-%03d-%v\", TAG, COUNT, ON)"
        case 34: return "join(\",\", sort([\(value(depth + 1)), \"m\"]))"
        case 35: return "md5(\(value(depth + 1)))"
        case 36: return "sha1(\(value(depth + 1)))"
        case 37: return "sha256(\(value(depth + 1)))"
        case 38: return "base64encode(\(value(depth + 1)))"
        case 39: return "trimspace(\"  ${TAG} \")"
        case 40: return "trimprefix(TAG, \"v\")"
        case 41: return "max(COUNT, \(number(9)), 3)"
        case 42: return "join(\"\", reverselist(LIST))"
        case 43: return "title(\"two words of ${TAG}\")"
        case 44: return "sanitize(TAG)"
        case 45: return "join(\"+\", LIST[*])"
        case 46: return "join(\"+\", [{ q = TAG }, { q = \"2\" }][*].q)"
        case 47: return "\"%{ if COUNT > 4 ~}  many %{~ else }few%{ endif }\""
        case 48: return "join(\",\", flatten([[TAG], [[\"z\"], LIST]]))"
        case 49: return "join(\",\", values(merge(MAP.deep, { a = \(number(9)) })))"
        case 50: return "join(\";\", formatlist(\"%s=%s\", LIST, TAG))"
        case 51: return "regex(\"[a-z]+\", \"\(number(9))${TAG}\")"
        case 52: return "join(\",\", regexall(\"([a-z])[0-9.]+\", \"x1 y2 ${TAG}\")[*][0])"
        case 53: return "strlen(\(value(depth + 1)))"
        case 54: return "join(\",\", [for p in setproduct([\"a\", \"b\"], [1, 2]) : join(\"\", p)])"
        case 55: return "urlencode(\"a b/${TAG}&\")"
        case 56: return "join(\",\", compact([\"\", TAG, \"\"]))"
        case 57: return "index(LIST, \(number(3)))"
        case 58: return "join(\",\", range(\(number(4)), \(number(9))))"
        default: return "chomp(<<EOT\nline ${TAG}\nEOT\n)"
        }
    }
}

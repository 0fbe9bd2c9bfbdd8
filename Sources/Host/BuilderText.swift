import Diagnostics

/// What `docker buildx ls` and `docker buildx inspect` print where they know no JSON (up to buildx 0.12).
///
/// Source: docker/buildx v0.8 to v0.12, `commands/ls.go` and `commands/inspect.go`.
extension HostSnapshot.Builder {
    /// - Parameters:
    ///   - output: of `docker buildx ls`: columns below `NAME/NODE DRIVER/ENDPOINT STATUS BUILDKIT PLATFORMS`, a line for
    ///     a builder and, set in by two blanks, one for each of its nodes.
    ///   - inspections: of `docker buildx inspect`, by the builder's name.
    static func all(inText output: [UInt8], inspections: [String: HostAnswers.Answer]) -> [Self] {
        var lines = String(decoding: output, as: UTF8.self).split(separator: "\n")
        guard !lines.isEmpty else { return [] }
        let header = Array(lines.removeFirst().utf8)
        let starts = header.indices.filter { index in
            header[index] != 0x20 && (index == 0 || header[index - 1] == 0x20)
        }
        var found: [Self] = []
        for line in lines {
            let bytes = Array(line.utf8)
            let columns = starts.indices.map { column in
                let end = column + 1 < starts.count ? starts[column + 1] : bytes.count
                return String(
                    decoding: bytes[min(starts[column], bytes.count)..<min(end, bytes.count)], as: UTF8.self
                )
                .split(separator: " ").joined(separator: " ")
            }
            guard columns.count >= 4, !columns[0].isEmpty else { continue }
            if line.first == " " {
                guard let last = found.indices.last, found[last].nodes.count < Limits.builderNodes else {
                    continue
                }
                let rules = rules(ofNode: found[last].nodes.count, in: inspections[found[last].name])
                let node = HostSnapshot.Node(
                    name: columns[0], endpoint: columns[1], status: columns[2],
                    version: Fact(ToolVersion(columns[3])), collection: Fact(rules))
                found[last].nodes.append(node)
            } else {
                let isCurrent = columns[0].hasSuffix("*")
                let name = isCurrent ? String(columns[0].dropLast().prefix { $0 != " " }) : columns[0]
                found.append(Self(name: name, driver: columns[1], isCurrent: isCurrent, nodes: []))
            }
        }
        return found
    }

    /// - Returns: nil where none is printed: older versions print none although there are some.
    private static func rules(
        ofNode index: Int, in answer: HostAnswers.Answer?
    ) -> [HostSnapshot.CollectionRule]? {
        guard case .said(let output, _)? = answer else { return nil }
        var node = -1
        var rules: [[String: String]] = []
        var isInNodes = false
        for line in String(decoding: output, as: UTF8.self).split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let key = line[..<colon].split(separator: " ").joined(separator: " ")
            let value = line[line.index(after: colon)...].split(separator: " ").joined(separator: " ")
            if key == "Nodes" {
                isInNodes = true
            } else if key == "Name", isInNodes {
                node += 1
            } else if node == index, key.hasPrefix("GC Policy rule#") {
                rules.append([:])
            } else if node == index, !rules.isEmpty {
                rules[rules.count - 1][key] = value
            }
        }
        guard !rules.isEmpty else { return nil }
        return rules.map { rule in
            func size(_ key: String) -> Int { rule[key].flatMap(bytes(of:)) ?? 0 }
            return HostSnapshot.CollectionRule(
                all: rule["All"] == "true",
                filters: rule["Filters"]?.split(separator: " ").map(String.init) ?? [],
                keepDuration: rule["Keep Duration"].flatMap(seconds(ofDuration:)) ?? 0,
                reservedSpace: max(size("Keep Bytes"), size("Reserved Space")),
                maxUsedSpace: size("Max Used Space"), minFreeSpace: size("Min Free Space"))
        }
    }

    /// - Parameter text: Go's form of a duration: `48h0m0s`.
    private static func seconds(ofDuration text: String) -> Int? {
        let units: [Character: Int] = ["h": 3600, "m": 60, "s": 1]
        var total = 0
        var digits = ""
        for character in text {
            if let unit = units[character] {
                guard let number = Int(digits), number < 1_000_000_000, total < 1 << 60 else { return nil }
                total += number * unit
                digits = ""
            } else {
                digits.append(character)
            }
        }
        return digits.isEmpty ? total : nil
    }
}

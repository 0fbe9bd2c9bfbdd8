package import Catalogue
package import Diagnostics
package import Project

extension Configuration {
    /// This configuration with what a policy holds put right.
    /// - Returns: the configuration, and what of it has no effect.
    package func held(
        by policy: Policy, catalogue: Catalogue
    ) -> (configuration: Configuration, unheeded: [Exceptions.Item]) {
        // What comes from outside of the repository is the word of who wrote the policy.
        guard path == nil || isOfRepository else { return (self, []) }
        var held = self
        var unheeded: [Unheeded: Set<CheckID>] = [:]
        for entry in catalogue.entries {
            let (check, description) = (entry.id, entry.description)
            let isHeld =
                policy.holdsAllChecks && description.isEnabled || policy.checks.enabled[check] == true
            guard isHeld else { continue }
            if enabled[check] == false { unheeded[.off, default: []].insert(check) }
            held.enabled[check] = true
            let lowest =
                policy.checks.severities[check] ?? (policy.holdsAllChecks ? description.severity : nil)
            if let lowest, (severities[check] ?? description.severity) < lowest {
                if severities[check] != nil { unheeded[.severity, default: []].insert(check) }
                held.severities[check] = policy.checks.severities[check]
            }
            let fixed = policy.checks.parameters[check]
            if fixed != nil || policy.holdsAllChecks, parameters[check] != fixed {
                if parameters[check] != nil { unheeded[.parameters, default: []].insert(check) }
                held.parameters[check] = fixed
            }
        }
        var items = unheeded.sorted { $0.key.rawValue < $1.key.rawValue }.map { what, checks in
            let checks = checks.sorted()
            return Exceptions.Item(
                .notHeeded, file: path, checks: checks, count: checks.count,
                message:
                    "\(what.rawValue) \(checks.map(\.name).listed()); without effect because of \(policy.name)"
            )
        }
        if policy.holdsAllChecks, let failOn, isMilder(failOn) {
            held.failOn = nil
            items.append(
                Exceptions.Item(
                    .notHeeded, file: path, count: 1,
                    message: "sets fail-on to \(failOn.rawValue); without effect because of \(policy.name)"))
        }
        if !unheededPaths.isEmpty {
            items.append(
                Exceptions.Item(
                    .notHeeded, file: path, paths: unheededPaths, count: unheededPaths.count,
                    message: "ignores \(unheededPaths.listed()); without effect because of \(policy.name)"))
        }
        return (held, items)
    }

    /// Whether warnings, which fail an examination where nothing is said, do not.
    private func isMilder(_ failOn: FailureThreshold) -> Bool { !failOn.includes(.warning) }

    private enum Unheeded: String {
        case off = "switches off"
        case severity = "lowers the severity of"
        case parameters = "sets parameters of"
    }

    /// What the configuration switches off or makes milder, where it is the repository's own.
    /// - Parameter running: the checks that run, also where the command line asks for them.
    package func exceptions(catalogue: Catalogue, running: Set<CheckID>) -> [Exceptions.Item] {
        guard isOfRepository else { return [] }
        var items: [Exceptions.Item] = []
        let off = catalogue.entries.filter {
            enabled[$0.id] == false && $0.description.isEnabled && !running.contains($0.id)
        }.map(\.id)
        if !off.isEmpty {
            items.append(
                Exceptions.Item(
                    .checksOff, file: path, checks: off, count: off.count,
                    message: "switches off \(off.count) check\(off.count == 1 ? "" : "s"): "
                        + off.map(\.name).listed()))
        }
        let milder = catalogue.entries.filter { entry in
            running.contains(entry.id)
                && (severities[entry.id].map { $0 < entry.description.severity } ?? false)
        }
        if !milder.isEmpty {
            let texts = milder.map {
                "\($0.id) (\(severities[$0.id]?.rawValue ?? ""), not \($0.description.severity.rawValue))"
            }
            items.append(
                Exceptions.Item(
                    .severity, file: path, checks: milder.map(\.id), count: milder.count,
                    message: "lowers the severity of \(texts.listed())"))
        }
        let set = parameters.filter { running.contains($0.key) }.sorted { $0.key < $1.key }
        if !set.isEmpty {
            let texts = set.map { "\($0.key) (\($0.value.keys.sorted().listed()))" }
            items.append(
                Exceptions.Item(
                    .parameters, file: path, checks: set.map(\.key), count: set.count,
                    message: "sets parameters of \(texts.listed())"))
        }
        if let failOn, isMilder(failOn) {
            items.append(
                Exceptions.Item(
                    .failOn, file: path, count: 1, message: "sets fail-on to \(failOn.rawValue), not warning")
            )
        }
        if !ignoredPaths.isEmpty {
            items.append(
                Exceptions.Item(
                    .ignoredPaths, file: path, paths: ignoredPaths, count: ignoredPaths.count,
                    message: "ignores \(ignoredPaths.listed())"))
        }
        return items
    }
}

extension Outcome {
    /// What comments of the repository hide, or would hide.
    package func commentExceptions(_ policy: Policy) -> [Exceptions.Item] {
        [(ignored, Exceptions.Kind.ignoreComments), (unheededIgnores, .notHeeded)].compactMap {
            findings, kind in
            guard !findings.isEmpty else { return nil }
            let checks = Set(findings.map(\.check)).sorted()
            let files = Set(findings.map(\.path)).sorted()
            let number = "\(findings.count) finding\(findings.count == 1 ? "" : "s")"
            let place = "in \(files.listed()): \(checks.map(\.name).listed())"
            return Exceptions.Item(
                kind, checks: checks, paths: files, count: findings.count,
                message: kind == .notHeeded
                    ? "comments would hide \(number) \(place); without effect because of \(policy.name)"
                    : "comments hide \(number) \(place)")
        }
    }
}

extension PassedOver {
    /// What rules about names pass over.
    package var exceptions: [Exceptions.Item] {
        var items: [Exceptions.Item] = []
        if !leftOut.isEmpty {
            items.append(
                Exceptions.Item(
                    .leftOut, paths: leftOut, count: leftOut.count,
                    message:
                        "not examined, because folders of such names hold code of others or inputs of tests: "
                        + "\(leftOut.listed()); `include:` in .clm-doctor.yaml brings them back"))
        }
        if !gitIgnored.isEmpty {
            items.append(
                Exceptions.Item(
                    .gitIgnored, paths: gitIgnored, count: gitIgnored.count,
                    message:
                        "examined, because git tracks it although a .gitignore names it: \(gitIgnored.listed())"
                ))
        }
        return items
    }
}

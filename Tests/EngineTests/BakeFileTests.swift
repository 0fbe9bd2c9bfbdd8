import Diagnostics
import Foundation
import HCL
import JSON
import Processes
import Project
import SourceText
import TestSupport
import Testing

/// What bake files say is what buildx prints of them, attribute by attribute.
@Suite(.enabled(if: Engine.client != nil, Engine.isMissing))
struct BakeFileTests {
    @Test func ownBakeFile() async throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "docker-bake.hcl"), encoding: .utf8)
        try await expectSame(text)
    }

    @Test(arguments: 0..<16) func bakeFilesByChance(_ seed: Int) async throws {
        var generator = BakeFileGenerator(seed)
        try await expectSame(generator.file(targets: 12))
    }

    private func expectSame(_ text: String) async throws {
        let folder = try ScratchFolder()
        try folder.write(text, to: "docker-bake.hcl")
        var work = WorkBudget()
        let model = BakeModel([SourceText(path: "docker-bake.hcl", text: text)], work: &work)
        #expect(model.problems.isEmpty, "\(model.problems)")
        let output = try await Command(
            program: try #require(Engine.client),
            arguments: ["buildx", "bake", "--print", "--"] + model.targets.map(\.name),
            workingDirectory: folder.path,
            environment: ["PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "BUILDX_GIT_INFO": "false"],
            timeLimit: .seconds(120), outputLimit: 16 << 20
        ).run()
        #expect(output.succeeded, "\(String(decoding: output.standardError, as: UTF8.self))")
        let printed = try JSON.parse(output.standardOutput)["target"]?.object ?? JSON.Object()
        #expect(Set(printed.keys) == Set(model.targets.map(\.name)))
        for target in model.targets {
            var own = target.attributes.filter { $0.key != "inherits" }
            own["context"] = own["context"] ?? .string(".")
            own["dockerfile"] = own["dockerfile"] ?? .string("Dockerfile")
            let expected = HCLValue(printed[target.name] ?? .null).members ?? [:]
            #expect(
                Self.lines(own, escapes: true) == Self.lines(expected, escapes: false), "\(target.name)")
        }
    }

    /// The attributes of a target, one a line, in the form that buildx prints.
    /// - Parameter escapes: what begins a template is to be escaped, as buildx does.
    private static func lines(_ attributes: [String: HCLValue], escapes: Bool) -> [String] {
        attributes.sorted { $0.key < $1.key }.compactMap { name, value in
            var text: String
            switch value {
            case .list(let elements):
                var seen: Set<String> = []
                let texts = elements.map { self.text($0, of: name) }.filter {
                    !$0.isEmpty && seen.insert($0).inserted
                }
                if texts.isEmpty { return nil }
                text = texts.joined(separator: " ; ")
            case .object: text = self.text(value, of: name)
            case .null, .bool, .number, .string, .set, .unknown: text = self.text(value, of: name)
            }
            if escapes, ["annotations", "args", "labels", "dockerfile-inline"].contains(name) {
                text = text.replacing("${", with: "$${").replacing("%{", with: "%%{")
            }
            return "\(name): \(text)"
        }
    }

    private static func text(_ value: HCLValue, of name: String) -> String {
        switch value {
        case .string(let text):
            // An image alone is a cache in a registry.
            return name == "cache-from" && !text.contains("=") ? "type=registry,ref=\(text)" : text
        case .object(let members):
            let rank = { (key: String) in key == "type" ? "" : key }
            return members.filter { !$0.value.isNull }.sorted { rank($0.key) < rank($1.key) }
                .map { "\($0.key)=\(text($0.value, of: ""))" }.joined(separator: ",")
        case .null, .bool, .number, .list, .set, .unknown: return value.json?.text() ?? "?"
        }
    }
}

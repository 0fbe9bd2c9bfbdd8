package import Catalogue
package import Diagnostics
package import Dockerfile

/// A check that a YAML file of the repository declares: what `docs/custom-checks.md` describes, read and verified.
package struct CustomCheck: Sendable {
    package let description: CheckDescription
    /// What `clm-doctor explain` prints, in Markdown.
    package let page: String
    package let rule: StepRule
    package let message: MessageTemplate
    /// What the problem costs, as a sentence; empty where the message says it.
    package let cost: String
    /// The remedy as text; nil where none is given.
    package let fix: String?
    package let replacement: Replacement?

    package var id: CheckID { description.id }

    /// Bytes to replace in what the rule has matched.
    package struct Replacement: Sendable {
        /// Found by its first place in the part of the file that the finding marks; exact, without wildcards.
        package let old: String
        package let new: String
    }
}

/// What a custom check asks of one step. Its answer is true, false or unknown.
package indirect enum StepRule: Sendable {
    case all([StepRule])
    case any([StepRule])
    case not(StepRule)
    /// The instruction's keyword.
    case instruction(Set<Keyword>)
    /// The instruction as one logical line.
    case text([TextPattern])
    /// A flag as `--name=value`.
    case flag([TextPattern])
    /// The stage's name as BuildKit prints it.
    case stage([TextPattern])
    /// Whether the step's stage is the one that the build makes.
    case finalStage(Bool)
    /// The image of a FROM, expanded.
    case image([TextPattern])
    /// A source of a COPY or ADD, expanded.
    case source([TextPattern])
    case destination([TextPattern])
    /// Who runs the step: root, or somebody else.
    case isRoot(Bool)
    /// The distribution's family, as `Distribution.Family` names it.
    case distribution(Set<String>)
    /// A mount of a RUN of which every pattern holds.
    case mount([MountPattern])
    /// A command of a RUN.
    case command([CommandPattern])
    /// A package manager of the table runs in the step.
    case manager(Set<String>)
    /// Whether all caches of the package managers in the step are on a cache mount.
    case cached(Bool)
    /// A variable of the step's environment; without patterns: it is set.
    case variable(name: String, [TextPattern])

    package struct MountPattern: Sendable {
        package enum Field: String, CaseIterable, Sendable { case type, target, id, sharing, from, source }

        package let field: Field
        package let patterns: [TextPattern]
    }

    /// The program (without its folder) and words that its arguments have, in this order, others between them.
    package struct CommandPattern: Sendable {
        package let program: TextPattern
        package let words: [TextPattern]
    }
}

/// A message with places for what was found.
package struct MessageTemplate: Sendable {
    package enum Placeholder: String, CaseIterable, Sendable {
        case instruction, text, stage, image, user, command, mount, flag, match
    }

    package enum Part: Sendable {
        case text(String)
        case placeholder(Placeholder)
    }

    package let parts: [Part]

    /// - Parameter text: `{name}` is a placeholder, `{{` and `}}` are braces.
    /// - Throws: the name of a placeholder that does not exist, or nothing for a brace that is not closed.
    init(_ text: String) throws(Problem) {
        var parts: [Part] = []
        var literal: [UInt8] = []
        var bytes = Array(text.utf8)[...]
        while let byte = bytes.popFirst() {
            guard byte == UInt8(ascii: "{") || byte == UInt8(ascii: "}") else {
                literal.append(byte)
                continue
            }
            if bytes.first == byte {
                literal.append(bytes.removeFirst())
                continue
            }
            guard byte == UInt8(ascii: "{"), let end = bytes.firstIndex(of: UInt8(ascii: "}")) else {
                throw Problem.unbalanced
            }
            let name = String(decoding: bytes[..<end], as: UTF8.self)
            guard let placeholder = Placeholder(rawValue: name) else { throw Problem.unknown(name) }
            if !literal.isEmpty { parts.append(.text(String(decoding: literal, as: UTF8.self))) }
            literal = []
            parts.append(.placeholder(placeholder))
            bytes = bytes[(end + 1)...]
        }
        if !literal.isEmpty { parts.append(.text(String(decoding: literal, as: UTF8.self))) }
        self.parts = parts
    }

    enum Problem: Error { case unknown(String), unbalanced }

    /// - Parameter value: the text for a placeholder.
    package func text(_ value: (Placeholder) -> String) -> String {
        parts.reduce(into: "") { text, part in
            switch part {
            case .text(let literal): text += literal
            case .placeholder(let placeholder): text += value(placeholder)
            }
        }
    }
}

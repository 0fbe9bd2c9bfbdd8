/// Writes one object, indented, while its members are made: a report of many thousand findings never stands in
/// memory as a whole.
///
/// Each value is escaped as `JSON.text` does.
package struct JSONWriter {
    private let output: (String) -> Void
    /// What stands before the next member.
    private var opening = "{\n"
    /// How many blanks stand before each member.
    private let indentation: Int

    package init(to output: @escaping (String) -> Void) { self.init(to: output, indentation: 2) }

    private init(to output: @escaping (String) -> Void, indentation: Int) {
        self.output = output
        self.indentation = indentation
    }

    /// Adds a member; each key is to be given once.
    package mutating func add(_ key: String, _ value: JSON) {
        open(key)
        output(value.text(.pretty, indentation: indentation))
    }

    /// Adds an array whose elements are made one after the other.
    package mutating func add(_ key: String, each elements: some Sequence<JSON>) {
        add(key, texts: elements.lazy.map { [indentation] in $0.text(.pretty, indentation: indentation + 2) })
    }

    /// Adds an array to the outermost object.
    /// - Parameter texts: made with `element(_:)`, perhaps side by side.
    package mutating func add(_ key: String, texts: some Sequence<String>) {
        open(key)
        var opening = "[\n" + blanks(2)
        for text in texts {
            output(opening + text)
            opening = ",\n" + blanks(2)
        }
        output(opening.first == "," ? "\n\(blanks())]" : "[]")
    }

    /// The text of an element of an array in the outermost object.
    package static func element(_ value: JSON) -> String { value.text(.pretty, indentation: 4) }

    /// Adds an array of one object, whose members are made one after the other.
    /// - Parameter members: adds at least one.
    package mutating func add(_ key: String, object members: (inout JSONWriter) -> Void) {
        open(key)
        output("[\n" + blanks(2))
        var object = JSONWriter(to: output, indentation: indentation + 4)
        members(&object)
        output("\n\(blanks(2))}\n\(blanks())]")
    }

    /// Ends the object and its last line; nothing may be added afterwards.
    package func finish() { output("\n}\n") }

    private func blanks(_ more: Int = 0) -> String { String(repeating: " ", count: indentation + more) }

    private mutating func open(_ key: String) {
        output("\(opening)\(blanks())\(JSON.string(key).text()): ")
        opening = ",\n"
    }
}

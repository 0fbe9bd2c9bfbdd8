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
        open(key)
        var opening = "[\n" + blanks(2)
        for element in elements {
            output(opening + element.text(.pretty, indentation: indentation + 2))
            opening = ",\n" + blanks(2)
        }
        output(opening.first == "," ? "\n\(blanks())]" : "[]")
    }

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

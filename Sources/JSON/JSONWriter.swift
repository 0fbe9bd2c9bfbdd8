/// Writes one object, indented, while its members are made: a report of many thousand findings never stands in
/// memory as a whole.
///
/// Each value is escaped as `JSON.text` does.
package struct JSONWriter {
    private let output: (String) -> Void
    /// What stands before the next member.
    private var opening = "{\n"

    package init(to output: @escaping (String) -> Void) { self.output = output }

    /// Adds a member; each key is to be given once.
    package mutating func add(_ key: String, _ value: JSON) {
        open(key)
        output(value.text(.pretty, indentation: 2))
    }

    /// Adds an array whose elements are made one after the other.
    package mutating func add(_ key: String, each elements: some Sequence<JSON>) {
        open(key)
        var opening = "[\n    "
        for element in elements {
            output(opening + element.text(.pretty, indentation: 4))
            opening = ",\n    "
        }
        output(opening.first == "," ? "\n  ]" : "[]")
    }

    /// Ends the object and its last line; nothing may be added afterwards.
    package func finish() { output("\n}\n") }

    private mutating func open(_ key: String) {
        output("\(opening)  \(JSON.string(key).text()): ")
        opening = ",\n"
    }
}

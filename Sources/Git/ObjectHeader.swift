/// What `git cat-file --batch` writes before an object's contents: `<object> SP <type> SP <size>`.
struct ObjectHeader {
    let id: ObjectID
    /// `commit`, `tree`, `blob` or `tag`.
    let type: String
    /// Of the contents in bytes; a line break follows them.
    let size: Int

    /// - Returns: nil where git says instead that the object is missing, or that its name is ambiguous.
    init?(_ line: some Collection<UInt8>) {
        let words = line.split(separator: UInt8(ascii: " "))
        guard words.count == 3, let id = ObjectID(hex: words[0]),
            let size = Int(String(decoding: words[2], as: UTF8.self)), size >= 0
        else { return nil }
        (self.id, type, self.size) = (id, String(decoding: words[1], as: UTF8.self), size)
    }
}

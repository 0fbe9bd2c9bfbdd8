/// Names of images.
enum ImageReference {
    /// `docker.io/library/` and `:latest` added where they are left out; of a reference with a digest only the digest
    /// counts, as in BuildKit's key.
    static func normalized(_ reference: String) -> String {
        let bytes = reference.utf8
        if let digest = bytes.lastIndex(of: UInt8(ascii: "@")) { return String(reference[digest...]) }
        var host = "docker.io"
        var path = bytes[...]
        if let slash = bytes.firstIndex(of: UInt8(ascii: "/")) {
            let first = bytes[..<slash]
            let isHost =
                first.contains(UInt8(ascii: ".")) || first.contains(UInt8(ascii: ":"))
                || first.elementsEqual("localhost".utf8)
            if isHost {
                host = first.elementsEqual("index.docker.io".utf8) ? host : String(Substring(first))
                path = bytes[bytes.index(after: slash)...]
            }
        }
        let isOfficial = host == "docker.io" && !path.contains(UInt8(ascii: "/"))
        let lastPart = path.lastIndex(of: UInt8(ascii: "/")).map { path[$0...] } ?? path
        let tag = lastPart.contains(UInt8(ascii: ":")) ? "" : ":latest"
        return "\(host)/\(isOfficial ? "library/" : "")\(Substring(path))\(tag)"
    }
}

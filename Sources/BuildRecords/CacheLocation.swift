/// Where a build took cache from, or put it.
package struct CacheLocation: Sendable, Hashable {
    /// `gha`, `registry`, `local` …
    package var type: String
    /// Scope, reference or folder, as far as the source tells.
    package var place: String
    /// What went wrong there; the build goes on without.
    package var error: String?

    package init(type: String, place: String, error: String? = nil) {
        self.type = type
        self.place = place
        self.error = error
    }

    /// - Parameter text: what follows `importing cache manifest from `: `gha:123`, `local:123`, or a reference.
    init(vertexText text: some StringProtocol, error: String?) {
        let kind = text.prefix { $0 != ":" }
        if ["gha", "local", "s3", "azblob"].contains(kind) {
            self.init(type: String(kind), place: "", error: error)
        } else {
            self.init(type: "registry", place: String(text), error: error)
        }
    }

    /// - Parameter text: what follows `exporting cache to `.
    init(exportText text: some StringProtocol, error: String?) {
        let type =
            switch text {
            case "GitHub Actions Cache", "GitHub Cache": "gha"
            case "registry": "registry"
            case "client directory": "local"
            case "Amazon S3": "s3"
            case "Azure Blob Storage": "azblob"
            case "inline": "inline"
            default: String(text)
            }
        self.init(type: type, place: "", error: error)
    }
}

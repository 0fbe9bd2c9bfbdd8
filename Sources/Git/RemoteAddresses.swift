internal import Diagnostics

extension WorkTree {
    /// The addresses of its remotes, as its own configuration tells them; what that includes is not read. git is not started.
    package var remoteAddresses: [String] {
        guard let place = GitFolder(ofWorkTree: root),
            let bytes = readRegularFile(place.common + "/config", limit: Limits.textFileBytes)
        else { return [] }
        return GitConfiguration(parsing: bytes).settings.compactMap { setting in
            guard setting.section.elementsEqual("remote".utf8), setting.subsection != nil,
                setting.key.elementsEqual("url".utf8), let value = setting.value
            else { return nil }
            return String(decoding: value, as: UTF8.self)
        }
    }
}

/// `os/arch[/variant]`.
struct PlatformName {
    let os: String
    let architecture: String
    let variant: String

    init(_ text: String) {
        let parts = text.lowercased().split(separator: "/", maxSplits: 2).map(String.init)
        os = parts.first ?? ""
        var architecture = parts.count > 1 ? parts[1] : ""
        var variant = parts.count > 2 ? parts[2] : ""
        // containerd's normal form (`platforms`, normalizeArch).
        switch architecture {
        case "x86_64", "x86-64": architecture = "amd64"
        case "aarch64": architecture = "arm64"
        case "i386": architecture = "386"
        case "armhf": (architecture, variant) = ("arm", "")
        case "armel": (architecture, variant) = ("arm", "v6")
        default: break
        }
        if architecture == "amd64", variant == "v1" { variant = "" }
        if architecture == "arm64", variant == "v8" || variant == "8" { variant = "" }
        if architecture == "arm", variant.isEmpty || variant == "7" { variant = "v7" }
        self.architecture = architecture
        self.variant = variant
    }

    var text: String { variant.isEmpty ? "\(os)/\(architecture)" : "\(os)/\(architecture)/\(variant)" }
}

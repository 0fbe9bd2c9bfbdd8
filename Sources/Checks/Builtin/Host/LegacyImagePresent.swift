import Diagnostics
import Facts
import Host

/// Images that the CLM build system no longer needs take room on the host.
struct LegacyImagePresent: HostCheck {
    static let id: CheckID = "legacy-image-present"
    static let questions: Set<HostQuestion> = [.usage]
    let options: CheckOptions

    func findings(in facts: HostFacts) -> [Finding] {
        let found = (facts.host.images.value ?? []).filter { image in
            image.tag != "<none>"
                && options.strings("images").contains { LegacyBaseImage.matches(image.repository, $0) }
        }.map { "\($0.repository):\($0.tag)" }.sorted()
        guard !found.isEmpty else { return [] }
        return [
            finding(
                onHost: "images",
                message:
                    "\(found.joined(separator: ", ")): base images of an earlier layout, which no build needs.",
                fix: Fix(shellText(["docker", "rmi"] + found)))
        ]
    }
}

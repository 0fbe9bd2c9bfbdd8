import Diagnostics
import Facts
import Host

/// The engine stores every layer as a whole copy.
struct StorageVfs: HostCheck {
    static let id: CheckID = "storage-vfs"
    static let questions: Set<HostQuestion> = []
    let options: CheckOptions

    func findings(in facts: HostFacts) -> [Finding] {
        guard let engine = facts.host.engine, engine.storageDriver == "vfs" else { return [] }
        return [
            finding(
                onHost: "engine",
                message:
                    "The engine's storage driver is vfs: each step of a build copies all files of the image.",
                cost: "A step on an image of 1 GB writes 1 GB, and the cache holds it once for each step.",
                fix: Fix(
                    """
                    Use overlay2, which needs a file system such as ext4 or xfs below \(engine.rootDirectory). A container \
                    that runs an engine inside gets one by a volume at /var/lib/docker.
                    """))
        ]
    }
}

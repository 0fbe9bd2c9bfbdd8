import BuildContext
import Diagnostics
import Dockerfile
import Facts

/// Files that the build copies, and that in this checkout are pointers of git LFS instead of what they stand for.
struct LfsPointer: DockerfileCheck {
    static let id: CheckID = "lfs-pointer"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        guard let reads = ContextReads(build) else { return [] }
        var seen: Set<ContextPath> = []
        return reads.reads.compactMap { read in
            var pointers: [ContextPath] = []
            for file in reads.files(of: read)
            where isPointer(file, reads.context) && seen.insert(file.path).inserted {
                pointers.append(file.path)
            }
            guard let first = pointers.first else { return nil }
            let also = pointers.count > 1 ? " and \(Amount.files(pointers.count - 1)) more" : ""
            return finding(
                at: read.step.instruction, in: build,
                message:
                    "\(reads.projectPath(first))\(also) would be copied as a pointer of git LFS: this checkout does not "
                    + "have what it stands for.",
                cost:
                    "The image gets a text of three lines instead, and shares no layer with one from a full checkout.",
                fix: Fix("Fetch them before the build: git lfs pull (actions/checkout: `lfs: true`)")
            ).naming(pointers.map(\.description))
        }
    }

    /// git-lfs docs/spec.md: a pointer is less than 1024 bytes and begins with its version.
    private func isPointer(_ file: ContextEntry, _ context: BuildContext) -> Bool {
        guard file.size > 100, file.size < 300, let text = context.contents(of: file.path) else {
            return false
        }
        return text.starts(with: "version https://git-lfs.github.com/spec/v1".utf8)
    }
}

import BuildContext
import Diagnostics
import Dockerfile
import Facts

/// Requirements files are copied above an install by pip that does not read them.
struct CopyMoreThanManifest: DockerfileCheck {
    static let id: CheckID = "copy-more-than-manifest"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        guard let reads = ContextReads(build) else { return [] }
        var requirements = Requirements(in: reads.context, build.work)
        var readsOfStages = Dictionary(grouping: reads.reads.filter { $0.step.run == nil }, by: \.step.stage)
        var told: Set<Int> = []
        var mentions: Mentions?
        return build.reachableStages.flatMap { stage -> [Finding] in
            let pending = readsOfStages.removeValue(forKey: stage.index) ?? []
            var next = 0
            var copies = Copies()
            return stage.steps.flatMap { step -> [Finding] in
                guard step.weight == .heavy, OnlyInstalls(step).isTrue,
                    step.installs.allSatisfy({ $0.manager.name == "pip" || $0.manager.isForSystem }),
                    let install = step.installs.first(where: {
                        $0.input == .manifests && !$0.manager.isForSystem
                    }), let names = filesNamed(by: step)
                else { return [] }
                while next < pending.count, pending[next].step.index < step.index {
                    copies.add(pending[next], reads.files(of: pending[next]).map(\.path))
                    next += 1
                }
                let read = Set(
                    requirements.files(
                        from: names.flatMap { copies.paths(named: $0) }, where: copies.have))
                return copies.indices(of: read).compactMap { index -> Finding? in
                    let copy = copies[index]
                    guard !told.contains(copy.read.step.line), copy.paths.allSatisfy(Self.isText) else {
                        return nil
                    }
                    let known = mentions ?? Mentions(of: reads)
                    mentions = known
                    if copy.unmentioned == nil {
                        copies[index].unmentioned = copy.paths.filter { !known.have($0) }
                    }
                    let idle = copies[index].unmentioned?.filter { !read.contains($0) } ?? []
                    guard !idle.isEmpty else { return nil }
                    told.insert(copy.read.step.line)
                    return finding(idle, copy.paths.filter(read.contains), install, step, copy.read, reads)
                }
            }
        }
    }

    /// The files that COPYs have brought in, by name and by path.
    private struct Copies {
        struct Copy {
            let read: ContextRead
            let paths: [ContextPath]
            /// Those of which no other step tells; nil where nobody has asked.
            var unmentioned: [ContextPath]?
        }

        private var copies: [Copy] = []
        private var named: [ArraySlice<UInt8>: [ContextPath]] = [:]
        private var copiesOf: [ContextPath: [Int]] = [:]

        mutating func add(_ read: ContextRead, _ paths: [ContextPath]) {
            for path in paths {
                if copiesOf[path] == nil { named[path.name, default: []].append(path) }
                copiesOf[path, default: []].append(copies.count)
            }
            copies.append(Copy(read: read, paths: paths))
        }

        subscript(index: Int) -> Copy {
            get { copies[index] }
            set { copies[index] = newValue }
        }

        func have(_ path: ContextPath) -> Bool { copiesOf[path] != nil }

        func paths(named name: [UInt8]) -> [ContextPath] { named[name[...]] ?? [] }

        /// The copies that bring one of some files.
        func indices(of paths: Set<ContextPath>) -> [Int] {
            Set(paths.flatMap { copiesOf[$0] ?? [] }).sorted()
        }
    }

    /// The names of text files that steps other than COPYs tell of, or variables.
    private struct Mentions {
        private var found: Set<ArraySlice<UInt8>> = []

        init(of reads: ContextReads) {
            let files = reads.reads.filter { $0.step.run == nil }.flatMap { reads.files(of: $0) }
            let names = Set(files.lazy.map(\.path).filter(isText).map(\.name))
            let lengths = Set(names.map(\.count)).sorted()
            for step in reads.build.stages.flatMap(\.steps) {
                if case .copy = step.instruction.body { continue }
                for text in [step.instruction.text] + step.instruction.heredocs.map(\.content) {
                    let bytes = Array(text.utf8)
                    for end in bytes.indices where isText(bytes[...end]) {
                        for length in lengths where length <= end + 1 {
                            // Without budget the check's findings do not count.
                            guard reads.build.work.spend() else { return }
                            let name = bytes[(end + 1 - length)...end]
                            if names.contains(name) { found.insert(name) }
                        }
                    }
                }
            }
        }

        func have(_ path: ContextPath) -> Bool { found.contains(path.name) }
    }

    /// The names of what the step's own installs name; nil where they may name any file.
    private func filesNamed(by step: StepFacts) -> Set<[UInt8]>? {
        let commands = step.installs.filter { !$0.manager.isForSystem }.map(\.command)
        let words = commands.flatMap(\.words)
        guard words.allSatisfy(\.isLiteral), !commands.contains(where: \.hasUnseenArguments) else {
            return nil
        }
        return Set(words.compactMap { $0.text.split(separator: "/").last.map { Array($0.utf8) } })
    }

    private static func isText(_ path: ContextPath) -> Bool { isText(path.name) }

    private static func isText(_ name: ArraySlice<UInt8>) -> Bool {
        name.last == UInt8(ascii: "t") && name.suffix(4).elementsEqual(".txt".utf8)
            || name.last == UInt8(ascii: "n") && name.suffix(3).elementsEqual(".in".utf8)
    }

    private func finding(
        _ idle: [ContextPath], _ needed: [ContextPath], _ install: Invocation, _ step: StepFacts,
        _ copy: ContextRead, _ reads: ContextReads
    ) -> Finding {
        finding(
            at: copy.step.instruction, in: reads.build,
            message:
                "A change to \(idle.map(reads.projectPath).listed(3)) runs `\(install.title)` in line \(step.line) again: "
                + "it reads \(needed.map(reads.projectPath).listed(3)), and not \(idle.count > 1 ? "these" : "this").",
            cost: "Packages are unpacked anew, and without a cache mount downloaded too.",
            fix: Fix("Copy what the install reads, by name.")
        ).naming(idle.map(\.description))
    }
}

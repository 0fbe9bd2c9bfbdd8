import Dockerfile
import Foundation
import SourceText

/// What steps need of their base images to be run at all, and what of them other stages read.
struct StandInNeeds: Sendable, Equatable {
    var images: Set<String> = []
    /// Read by other stages and by mounts; folders end with `/`.
    var paths: Set<String> = []
    /// What the images hold from the start, since stages without a RUN are read, too; folders end with `/`.
    var files: Set<String> = []
    var users: Set<String> = ["app"]
    /// All are the stub.
    var programs: Set<String> = []

    /// What a Dockerfile names that is built for this machine.
    mutating func add(_ dockerfile: String, target: String?) {
        #if arch(arm64)
        let platform = "linux/arm64"
        #else
        let platform = "linux/amd64"
        #endif
        let evaluated = ParsedDockerfile(parsing: SourceText(path: "Dockerfile", text: dockerfile))
            .evaluated(EvaluationOptions(target: target, platform: platform, passesNothingElse: true))
        for stage in evaluated.stages where stage.isReachable {
            if case .image(let image) = stage.base { images.insert(image.text) }
            for step in stage.steps { add(step) }
        }
    }

    private mutating func add(_ step: Step) {
        switch step.instruction.body {
        case .user(let word): addOwner(word.text)
        case .shell(let words): addProgram(words[0].text)
        case .run(let run):
            if case .exec(let words) = run.command, let first = words.first { addProgram(first.text) }
        default: break
        }
        for mount in step.mounts { read(mount.source?.text ?? "/", of: mount.origin) }
        guard let copy = step.copy else { return }
        if let owner = copy.chown { addOwner(owner.text) }
        for source in copy.sources { read(source.text, of: copy.origin) }
    }

    private mutating func read(_ path: String, of origin: FileOrigin) {
        switch origin {
        case .image("scratch"): return
        case .image(let image): images.insert(image)
        case .stage: break
        default: return
        }
        let parts = path.split(separator: "/").filter { $0 != "." }
        let name = parts.last ?? ""
        let clean = "/" + parts.joined(separator: "/")
        let isFile = name.contains(".") || name.contains("*") || parts.dropLast().last == "bin"
        guard !paths.contains(clean), !paths.contains(clean + "/") else { return }
        let place = parts.isEmpty ? "/" : isFile && !path.hasSuffix("/") ? clean : clean + "/"
        paths.insert(place)
        if !place.contains(where: { "*?[".contains($0) }), !place.contains("..") { files.insert(place) }
    }

    private mutating func addOwner(_ text: String) {
        users.formUnion(
            text.split(separator: ":").map(String.init).filter { Int($0) == nil && !$0.contains("$") })
    }

    private mutating func addProgram(_ text: String) {
        if !text.contains("$") { programs.insert(text) }
    }

    /// Adds what BuildKit says is missing.
    /// - Returns: whether this is something new, so that another try makes sense.
    mutating func learn(from message: String) -> Bool {
        let before = self
        if let match = message.firstMatch(of: /exec: "([^"]+)"/) { programs.insert(String(match.output.1)) }
        if let match = message.firstMatch(of: /unable to find (?:user|group) ([^\s:]+)/) {
            users.insert(String(match.output.1))
        }
        if let match = message.firstMatch(of: /"(\/[^"]*)": (?:not found|no such file)/) {
            read(String(match.output.1), of: .stage(0))
        }
        // What was taken for a folder is a file, or the other way round.
        if let match = message.firstMatch(of: /(\/[^\s":]+): not a directory/) {
            let path = String(match.output.1)
            if paths.remove(path) != nil {
                paths.insert(path + "/")
                files.remove(path)
                files.insert(path + "/")
            }
        }
        return self != before
    }
}

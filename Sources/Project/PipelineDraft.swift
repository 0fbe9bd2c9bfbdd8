import Diagnostics
import Dockerfile
import Repository
import SourceText

/// A pipeline as its reader makes it: jobs and steps are numbered, and what scripts build is read, in one place.
struct PipelineDraft {
    let files: Snapshot
    let source: SourceText
    /// Another file of the repository that the source names; nil for one that cannot be read.
    let readFile: (String) -> SourceText?
    private var stated = StatedBuilds()
    private var jobs: [Pipeline.Job] = []

    init(files: Snapshot, source: SourceText, readFile: @escaping (String) -> SourceText?) {
        self.files = files
        self.source = source
        self.readFile = readFile
    }

    /// Begins a job; steps that are added are the last one's.
    mutating func add(_ job: Pipeline.Job) { jobs.append(job) }

    /// Adds what is known of a job only later.
    /// - Parameter number: nil for the last one.
    mutating func changeJob(_ number: Int? = nil, _ change: (inout Pipeline.Job) -> Void) {
        let index = number ?? jobs.count - 1
        guard jobs.indices.contains(index) else { return }
        change(&jobs[index])
    }

    /// How many there are.
    var jobCount: Int { jobs.count }

    /// Adds a step that builds nothing by itself.
    mutating func add(_ step: Pipeline.Step) { add(step, StatedBuilds()) }

    /// Adds a step that states a build by itself.
    mutating func add(_ step: Pipeline.Step, _ build: StatedBuild, _ work: inout WorkBudget) {
        guard spendForBuild(&work) else { return }
        var read = StatedBuilds()
        read.builds = [build]
        add(step, read)
    }

    /// What a build finds in the builder is looked for in all steps before it.
    private func spendForBuild(_ work: inout WorkBudget) -> Bool {
        work.spend(1 + (jobs.last?.steps.count ?? 0))
    }

    private mutating func add(_ step: Pipeline.Step, _ read: StatedBuilds) {
        guard !jobs.isEmpty else { return }
        var read = read
        let job = jobs.count - 1
        read.place(unit: job, step: Pipeline.StepPlace(job: job, step: jobs[job].steps.count))
        stated.append(read)
        jobs[job].steps.append(step)
    }

    /// Adds a step for a piece of shell.
    /// - Parameters:
    ///   - yaml: its text; anything else is passed over.
    ///   - folders: where it may run, the likeliest first.
    ///   - variables: what is set before.
    ///   - image: what it runs in, where it is not the job's.
    ///   - transform: what becomes of the text before it is read as shell.
    /// - Returns: where the piece ends.
    @discardableResult
    mutating func addScript(
        _ yaml: YAML, folders: [String], variables: [String: String], image: Pipeline.Value? = nil,
        names: Set<String> = [], _ work: inout WorkBudget,
        transform: (JoinedText, inout WorkBudget) -> JoinedText = { text, _ in text }
    ) -> [String] {
        guard !jobs.isEmpty, let text = yaml.string, let script = yaml.script(in: source) else {
            return folders
        }
        if ScriptReader.mentionsBuilders(Array(text.utf8)[...]), !spendForBuild(&work) { return folders }
        var step = Pipeline.Step(bytes: yaml.bytes(in: source))
        step.run = text
        step.image = image
        step.variables = names
        let (read, end) = ScriptReader(files: files).read(
            transform(script, &work), in: source, folders: folders, variables: variables, work: &work)
        add(step, read)
        return end
    }

    /// Adds a step for a piece of shell that stands in another file than the pipeline's.
    /// - Parameter place: the step's, in the pipeline's own file.
    /// - Returns: where the piece ends.
    mutating func addScript(
        _ yaml: YAML, of other: SourceText, at place: YAML, folders: [String], variables: [String: String],
        _ work: inout WorkBudget
    ) -> [String] {
        guard !jobs.isEmpty, let text = yaml.string, let script = yaml.script(in: other), spendForBuild(&work)
        else { return folders }
        var step = Pipeline.Step(bytes: place.bytes(in: source))
        step.run = text
        add(step)
        var (read, end) = ScriptReader(files: files).read(
            script, in: other, folders: folders, variables: variables, work: &work)
        // A place in this pipeline says nothing of the other file.
        read.place(unit: jobs.count - 1)
        stated.append(read)
        return end
    }

    /// Adds what is to be said of the file.
    mutating func note(_ message: String, line: Int) {
        stated.notes.append(Note(path: source.path, line: line, message: message))
    }

    /// Adds a step that runs a program with a list of arguments.
    /// - Parameters:
    ///   - program: `docker`, where the file says so in another way.
    ///   - arguments: one word each.
    mutating func addCommand(
        _ program: String, _ arguments: [YAML], uses action: String?, folders: [String],
        variables: [String: String],
        _ work: inout WorkBudget
    ) {
        guard !jobs.isEmpty, let first = arguments.first, spendForBuild(&work) else { return }
        var bytes = Array(program.utf8)
        var pieces: [JoinedText.Piece] = []
        var words = [program]
        for argument in arguments {
            guard let text = argument.string, work.spend(text.utf8.count + 1) else { return }
            let place = argument.bytes(in: source)
            if pieces.isEmpty { pieces.append(JoinedText.Piece(joined: 0, source: place.lowerBound)) }
            // An alias may stand for a place further up.
            guard place.lowerBound >= pieces[pieces.count - 1].source else { return }
            bytes += Array(" \"".utf8)
            let isQuoted = !place.isEmpty && "\"'".utf8.contains(source.bytes[place.lowerBound])
            let start = place.lowerBound + (isQuoted ? 1 : 0)
            if start > pieces[pieces.count - 1].source {
                pieces.append(JoinedText.Piece(joined: bytes.count, source: start))
            }
            for byte in text.utf8 {
                if [UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "`")].contains(byte) {
                    bytes.append(UInt8(ascii: "\\"))
                }
                bytes.append(byte)
            }
            bytes.append(UInt8(ascii: "\""))
            words.append(text)
        }
        let last = arguments[arguments.count - 1].bytes(in: source)
        let bounds =
            first.bytes(in: source).lowerBound..<max(first.bytes(in: source).upperBound, last.upperBound)
        var step = Pipeline.Step(bytes: first.bytes(in: source))
        step.action = action
        step.run = action == nil ? words.joined(separator: " ") : nil
        let read = ScriptReader(files: files).read(
            JoinedText(bytes: bytes, pieces: pieces), in: source, folders: folders, variables: variables,
            within: bounds, work: &work
        ).stated
        add(step, read)
    }

    /// What a file says in one place; nil where a variable decides.
    func value(_ yaml: YAML?) -> Pipeline.Value? {
        guard let yaml, let text = yaml.string, !text.contains("$"), !text.contains("<<") else { return nil }
        return Pipeline.Value(text: text, bytes: yaml.bytes(in: source))
    }

    /// An input of a step, from its key to the end of its value, or of its first line.
    /// - Parameter value: nil where it is known only when the job runs.
    func input(_ key: YAML, _ yaml: YAML, value: String?) -> Pipeline.Input? {
        guard let name = key.string, let text = yaml.string else { return nil }
        let first = key.bytes(in: source)
        let end = yaml.line == key.line ? yaml.bytes(in: source).upperBound : first.upperBound
        return Pipeline.Input(
            name: name, value: value, written: text,
            bytes: first.lowerBound..<max(first.upperBound, end))
    }

    /// - Returns: all that was read, with the pipeline.
    func stated(of system: Pipeline.System) -> StatedBuilds {
        var result = stated
        result.pipelines = [Pipeline(system: system, source: source, jobs: jobs)]
        return result
    }

    /// The variables of a mapping, as `ShellEvaluator` takes them.
    static func variables(_ yaml: YAML?) -> [String: String] {
        var variables: [String: String] = [:]
        for (key, value) in yaml?.mapping ?? [] {
            guard let name = key.string, let text = value.string ?? value["value"]?.string else { continue }
            variables[name] = text.contains("{{") || text.contains("<<") ? ShellEvaluator.untold : text
        }
        return variables
    }

    /// What a file sets and what a part of it sets besides.
    /// - Returns: nil where the budget does not suffice to put them together.
    static func variables(
        _ yaml: YAML?, over outer: [String: String], _ work: inout WorkBudget
    ) -> [String: String]? {
        let own = variables(yaml)
        if own.isEmpty { return outer }
        guard work.spend(outer.count + own.count) else { return nil }
        return outer.merging(own) { $1 }
    }

    /// The names of a mapping and of what holds it.
    /// - Returns: nil where the budget does not suffice to put them together.
    static func names(
        _ yaml: YAML?, over outer: Set<String>, _ work: inout WorkBudget
    ) -> Set<String>? {
        guard let own = yaml?.mapping else { return outer }
        guard work.spend(outer.count + own.count) else { return nil }
        return outer.union(own.lazy.compactMap { $0.key.string })
    }

    /// A list, or one value as a list of one.
    static func list(_ yaml: YAML?) -> [YAML] {
        guard let yaml, !yaml.isNull else { return [] }
        return yaml.sequence ?? [yaml]
    }
}

internal import SourceText

/// How places in a file that states builds move when its comments change.
///
/// The lines that are no comments stay what they are and in their order, so that the n-th of them in the old text is the
/// n-th in the new one.
struct CommentChange {
    /// A line that is no comment.
    private struct Line {
        /// Where it begins, and its number, in the old text and in the new one.
        let old, oldNumber, new, newNumber: Int
        /// Its bytes with the newline.
        let count: Int
    }

    private let lines: [Line]
    private let newCount: Int

    /// - Returns: nil where something other than comments has changed.
    init?(from old: SourceText, to new: SourceText) {
        let (before, after) = (Self.statingLines(of: old), Self.statingLines(of: new))
        guard before.count == after.count,
            zip(before, after).allSatisfy({
                old.bytes[old.bytes(ofLine: $0)] == new.bytes[new.bytes(ofLine: $1)]
            })
        else { return nil }
        lines = zip(before, after).map { number, newNumber in
            let start = old.lineStarts[number - 1]
            let end = number < old.lineCount ? old.lineStarts[number] : old.bytes.count
            return Line(
                old: start, oldNumber: number, new: new.lineStarts[newNumber - 1], newNumber: newNumber,
                count: end - start)
        }
        newCount = new.bytes.count
    }

    private static func statingLines(of source: SourceText) -> [Int] {
        (1...source.lineCount).filter { line in
            source.bytes[source.bytes(ofLine: line)].first { $0 != 0x20 && $0 != 0x09 } != UInt8(ascii: "#")
        }
    }

    /// What is in a comment goes to the line below it.
    func moved(_ range: Range<Int>) -> Range<Int> {
        let start = moved(range.lowerBound)
        return start..<max(start, moved(range.upperBound))
    }

    func moved(line: Int) -> Int {
        let index = lines.partitioningIndex { $0.oldNumber >= line }
        return index < lines.count ? lines[index].newNumber : lines.last?.newNumber ?? 1
    }

    private func moved(_ offset: Int) -> Int {
        let index = lines.partitioningIndex { $0.old > offset }
        guard index > 0 else { return lines.first?.new ?? newCount }
        let line = lines[index - 1]
        // What lies in a comment below the line goes to the end of the line.
        return line.new + (index == lines.count ? offset - line.old : min(offset - line.old, line.count))
    }
}

extension Project {
    /// Puts other texts in place of files that state builds, and moves the places in them with their comments.
    mutating func replaceStatements(_ contents: [String: [UInt8]]) {
        for index in statements.indices {
            let old = statements[index].source
            guard let bytes = contents[old.path] else { continue }
            let new = SourceText(path: old.path, bytes: bytes)
            statements[index] = StatementFile(kind: statements[index].kind, source: new)
            if let change = CommentChange(from: old, to: new) { movePlaces(in: new, by: change) }
        }
    }

    private mutating func movePlaces(in source: SourceText, by change: CommentChange) {
        let path = source.path
        for index in builds.indices { builds[index].movePlaces(in: path, by: change) }
        for index in buildStatements.indices { buildStatements[index].movePlaces(in: path, by: change) }
        for index in commands.indices where commands[index].path == path {
            commands[index].bytes = change.moved(commands[index].bytes)
        }
        for index in pipelines.indices where pipelines[index].source.path == path {
            pipelines[index].source = source
            for job in pipelines[index].jobs.indices { pipelines[index].jobs[job].movePlaces(by: change) }
        }
        for index in notes.indices where notes[index].path == path {
            if let line = notes[index].line { notes[index].line = change.moved(line: line) }
        }
    }
}

extension Build {
    fileprivate mutating func movePlaces(in path: String, by change: CommentChange) {
        for index in statedBy.indices where statedBy[index].path == path {
            statedBy[index].line = change.moved(line: statedBy[index].line)
        }
        if let open = openStatement, open.path == path { openStatement?.line = change.moved(line: open.line) }
    }
}

extension BuildStatement {
    fileprivate mutating func movePlaces(in path: String, by change: CommentChange) {
        if self.path == path { bytes = change.moved(bytes) }
        build?.movePlaces(in: path, by: change)
        // An option may stand in a file that the statement's extends.
        for index in options.indices where options[index].path == path {
            options[index].bytes = change.moved(options[index].bytes)
        }
    }
}

extension Pipeline.Job {
    fileprivate mutating func movePlaces(by change: CommentChange) {
        image?.movePlace(by: change)
        for service in services.indices { services[service].movePlace(by: change) }
        for step in steps.indices {
            steps[step].bytes = change.moved(steps[step].bytes)
            steps[step].image?.movePlace(by: change)
            for input in steps[step].inputs.indices {
                steps[step].inputs[input].bytes = change.moved(steps[step].inputs[input].bytes)
            }
        }
    }
}

extension Pipeline.Value {
    fileprivate mutating func movePlace(by change: CommentChange) { bytes = change.moved(bytes) }
}

internal import Diagnostics

/// Reads `application/vnd.buildkit.status.v0`: what a builder keeps of a build's progress.
///
/// Sources: BuildKit's `solver/llbsolver/history.go` (a length of four bytes, little-endian, then a message) and
/// `api/services/control/control.proto` (StatusResponse).
struct StatusStream {
    static let problem = "the record of its progress ends too early"

    /// Adds what the stream tells to a build.
    /// - Returns: whether it was read to its end.
    static func read(_ bytes: ArraySlice<UInt8>, into build: inout ObservedBuild) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            guard rest.count >= 4 else { return false }
            let length = rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(4)
            guard length <= rest.count else { return false }
            var fields = ProtobufFields(rest.prefix(length))
            while let (field, value) = fields.next() {
                switch field {
                case 1: read(vertex: value.fields, into: &build)
                case 2: read(status: value.fields, into: &build)
                case 3: read(log: value.fields, into: &build)
                default: break
                }
            }
            if fields.isBroken { return false }
            rest = rest.dropFirst(length)
        }
        return true
    }

    private static func read(vertex fields: ProtobufFields, into build: inout ObservedBuild) {
        var (digest, name, error) = ("", "", "")
        var inputs: [String] = []
        var isCached = false
        var (started, completed): (Int?, Int?) = (nil, nil)
        var group: ObservedVertex.Group?
        for (field, value) in fields {
            switch field {
            case 1: digest = value.text
            case 2: if inputs.count < Limits.recordedParts { inputs.append(value.text) }
            case 3: name = value.text
            case 4: isCached = value.flag
            case 5: started = value.time
            case 6: completed = value.time
            case 7: error = value.text
            case 8:
                var read = ObservedVertex.Group(id: "", name: "", isWeak: false)
                for (field, value) in value.fields {
                    switch field {
                    case 1: read.id = value.text
                    case 2: read.name = value.text
                    case 3: read.isWeak = value.flag
                    default: break
                    }
                }
                group = read
            default: break
            }
        }
        build.tell(
            digest: digest, name: name, inputs: inputs, started: started, completed: completed,
            isCached: isCached,
            error: error, group: group)
    }

    private static func read(status fields: ProtobufFields, into build: inout ObservedBuild) {
        var (id, vertex) = ("", "")
        var bytes: Int?
        var (started, completed): (Int?, Int?) = (nil, nil)
        for (field, value) in fields {
            switch field {
            case 1: id = value.text
            case 2: vertex = value.text
            case 4: bytes = value.size
            case 7: started = value.time
            case 8: completed = value.time
            default: break
            }
        }
        build.tell(status: id, of: vertex, bytes: bytes, started: started, completed: completed)
    }

    private static func read(log fields: ProtobufFields, into build: inout ObservedBuild) {
        for (field, value) in fields where field == 1 { build.tellOutput(of: value.text) }
    }
}

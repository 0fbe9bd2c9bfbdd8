import BuildRecords
import Diagnostics

/// What all forms of `clm-doctor timings` call the same thing.
enum TimingsWords {
    static func name(of category: TimeCategory) -> String {
        switch category {
        case .step: "steps"
        case .contextTransfer: "build context"
        case .basePull: "base images"
        case .cacheImport: "cache import"
        case .cachePull: "loading cached steps"
        case .cacheExport: "cache export"
        case .resultExport: "image export"
        case .attestation: "attestations"
        case .preparation: "preparation"
        case .download: "downloads of ADD"
        case .other: "other work of the builder"
        }
    }

    static func word(for outcome: StepOutcome) -> String {
        switch outcome {
        case .cached: "cached"
        case .skipped: "not needed"
        case .pulled: "pulled"
        case .shared: "run by another build"
        case .ran: "ran"
        case .failed: "failed"
        case .cancelled: "cancelled"
        case .notReached: "not reached"
        }
    }

    static func share(_ share: BuildTimings.Share) -> String {
        name(of: share.category) + (share.bytes.map { ", \(formatted(bytes: $0))" } ?? "")
    }

    /// `9 steps: 5 cached, 1 pulled from a cache in 38 s, 3 ran`; FROM is none of them.
    static func summary(_ timings: BuildTimings) -> String {
        func count(_ outcomes: StepOutcome...) -> Int {
            outcomes.reduce(0) { $0 + (timings.outcomes[$1] ?? 0) }
        }
        let pulls = timings.record.activities.filter {
            $0.category == .cachePull && timings.record.vertices[$0.vertex].outcome == .pulled
        }
        let time = BuildTimings.time(of: pulls)
        let pull = time > 0 ? " in \(formatted(milliseconds: time))" : ""
        let parts: [(Int, String)] = [
            (count(.cached, .skipped), "cached"), (count(.pulled), "pulled from a cache\(pull)"),
            (count(.ran), "ran"), (count(.shared), "run by another build at the same time"),
            (count(.failed), "failed"), (count(.cancelled), "cancelled"), (count(.notReached), "not reached"),
        ]
        let told = parts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
        return counted(timings.steps, "step") + (told.isEmpty ? "" : ": \(told)")
    }

    static func title(_ record: BuildRecord) -> String {
        let name = record.name ?? record.id ?? "build"
        guard let target = record.target, !name.hasSuffix("(\(target))"), name != target else { return name }
        return "\(name) (\(target))"
    }

    /// Where and when: revision, builder, start.
    static func circumstances(_ record: BuildRecord) -> [String] {
        let (hash, dirty) = (record.revision?.prefix { $0 != "-" }, record.revision?.contains("-") ?? false)
        return [
            record.status == .completed || record.status == .unknown ? nil : record.status.rawValue,
            hash.map { "commit \($0.prefix(12))" + (dirty ? " with changes" : "") },
            record.builder.map { "builder \($0)" },
            record.platforms.isEmpty ? nil : record.platforms.joined(separator: ", "),
            record.started.map(formatted(time:)).flatMap { $0.isEmpty ? nil : $0 },
        ].compactMap { $0 }
    }

    /// What the record cannot tell, and how to get it; nil where it tells all.
    static func lack(of record: BuildRecord) -> String? {
        switch record.source {
        case .rawJSON, .archive: nil
        case .plain:
            "A plain log tells how long each step took, not when: there is no time axis and no critical path. "
                + "`--progress=rawjson` and `docker buildx history export` tell both."
        case .classic:
            "The classic builder tells no times; what there is comes from the time stamps in front of its lines."
        case .metadata:
            "A metadata file names a build, and tells nothing of its time."
                + (record.id.map { " Its builder may: `clm-doctor timings \($0)`." } ?? "")
        }
    }

    static let sideBySide = "Parts that run side by side overlap, so that these times do not add up."
}

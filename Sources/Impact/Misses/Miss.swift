package import BuildRecords
internal import Diagnostics

/// A step that ran and whose inputs were all in the cache, with the steps that ran because it did.
package struct Miss: Sendable {
    package enum Certainty: String, Sendable {
        /// The records, or git, show it.
        case certain
        /// They speak for it, and something that they do not tell could speak against it.
        case likely
        /// They do not tell; `possible` says what remains.
        case open
    }

    package let step: BuildVertex
    package let reason: MissReason
    package let certainty: Certainty
    /// What shows it, as a sentence without its final dot; empty where nothing does.
    package let evidence: String
    /// What may still be it: where the reason is open, and where others leave the same record.
    package let possible: [MissReason]
    /// In the order of the record.
    package let followers: [BuildVertex]

    /// Of the step and of those that follow it: what they took, one after the other.
    package var milliseconds: Int {
        ([step] + followers).clampedSum { $0.milliseconds ?? 0 }
    }
}

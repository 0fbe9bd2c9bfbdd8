package import Diagnostics

/// Who runs a step.
package enum StepUser: Sendable, Hashable {
    case root
    case other(Account)
    /// The base image's own user, or a variable's, which the files do not tell.
    case unknown

    /// A user that is not root.
    package struct Account: Sendable, Hashable {
        /// As USER writes it; nil where it writes a number that no table knows.
        package var name: String?
        package var uid: Fact<Int>
        package var gid: Fact<Int>
        package var home: Fact<String>

        package init(name: String?, uid: Fact<Int>, gid: Fact<Int>, home: Fact<String>) {
            self.name = name
            self.uid = uid
            self.gid = gid
            self.home = home
        }
    }

    package var isRoot: Fact<Bool> {
        switch self {
        case .root: .yes
        case .other: .no
        case .unknown: .unknown
        }
    }

    package var account: Account? {
        if case .other(let account) = self { account } else { nil }
    }
}

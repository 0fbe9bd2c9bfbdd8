package import Diagnostics

/// Who runs a step.
package enum StepUser: Sendable, Hashable {
    case root
    case other(Account)
    /// The base image's own user, or a variable's, which the files do not tell.
    case unknown

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

/// A user that is not root.
package struct Account: Sendable, Hashable {
    /// nil where only a number is known.
    package var name: String?
    package var uid: Fact<Int>
    package var gid: Fact<Int>
    /// As the user database has it.
    package var home: Fact<String>

    package init(
        name: String?, uid: Fact<Int> = .unknown, gid: Fact<Int> = .unknown, home: Fact<String> = .unknown
    ) {
        self.name = name
        self.uid = uid
        self.gid = gid
        self.home = home
    }

    /// As a Dockerfile would name it: the name, else the number.
    package var text: String { name ?? uid.value.map(String.init) ?? "?" }
}

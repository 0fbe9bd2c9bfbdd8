import Dockerfile
import Facts

extension Invocation {
    /// It only brings in a tool that installs the rest (`pip install -U pip`, `npm install -g pnpm`): a download of seconds.
    var isBootstrap: Bool {
        guard action == .install, input == .nothing, !names.isEmpty else { return false }
        return names.allSatisfy { Self.tools.contains(Self.bareName($0.text)) }
    }

    private static let tools: Set<String> = [
        "pip", "setuptools", "wheel", "uv", "poetry", "pipenv", "pip-tools", "virtualenv", "hatch", "build",
        "pdm",
        "poetry-core", "npm", "yarn", "pnpm", "corepack", "node-gyp", "turbo", "lerna", "serve", "pm2",
        "typescript", "bundler", "foreman",
    ]

    /// A package's name without version and extras.
    private static func bareName(_ text: String) -> String {
        String(text.prefix { !"=<>~!@[".contains($0) })
    }

    /// How many packages it names; nil where words cannot be seen.
    var packageCount: Int? {
        guard !command.hasUnseenArguments, names.allSatisfy(\.isLiteral) else { return nil }
        return names.count
    }
}

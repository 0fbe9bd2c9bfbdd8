/// A build tool of a front end that keeps what it made below the project's folder, and takes unchanged parts from there.
package struct BuildTool: Sendable {
    package let name: String
    /// The words after the program that build.
    let verbs: Set<String>
    /// Where the cache is, below the folder that the tool works in.
    package let folder: String
    /// A variable that moves it.
    package let variable: String?

    /// Sources: nextjs.org, "CI build caching" (`.next/cache`); nx.dev, "Change cache location" (`.nx/cache`,
    /// `NX_CACHE_DIRECTORY`); angular.dev, `ng cache` (`.angular/cache`); turborepo.com, configuration, `cacheDir`
    /// (`.turbo/cache` from 2.0 on, `TURBO_CACHE_DIR`). Adding one is adding a row.
    package static let all: [BuildTool] = [
        BuildTool(name: "next", verbs: ["build"], folder: ".next/cache", variable: nil),
        BuildTool(
            name: "nx", verbs: ["build", "run", "run-many", "affected"], folder: ".nx/cache",
            variable: "NX_CACHE_DIRECTORY"),
        BuildTool(name: "ng", verbs: ["build"], folder: ".angular/cache", variable: nil),
        BuildTool(
            name: "turbo", verbs: ["build", "run"], folder: ".turbo/cache", variable: "TURBO_CACHE_DIR"),
    ]

    /// The tool that some words run: `next build`, `npx nx run-many`, `pnpm exec turbo build`.
    package static func run(by words: [String]) -> BuildTool? {
        var rest = words[...]
        while let first = rest.first,
            ["npx", "bunx", "pnpm", "yarn", "bun", "npm", "exec", "dlx", "x", "--", "cross-env"].contains(
                first)
                || first.contains("=") || first == "-y" || first == "--yes"
        {
            rest = rest.dropFirst()
        }
        guard let program = rest.first, let verb = rest.dropFirst().first(where: { !$0.hasPrefix("-") })
        else { return nil }
        return all.first { $0.name == program && $0.verbs.contains(verb) }
    }

    /// The script of package.json that a command of a package manager runs: `build` of `npm run build`; nil for another.
    package static func script(run words: [String]) -> String? {
        guard let program = words.first, ["npm", "pnpm", "yarn", "bun"].contains(program) else { return nil }
        let names = words.dropFirst().filter { !$0.hasPrefix("-") }
        if names.first == "run" || names.first == "run-script" { return names.dropFirst().first }
        return program == "npm" || program == "bun" ? nil : names.first
    }
}

import Diagnostics
import Repository
import SourceText

extension BuildFileFormat {
    /// Source: devcenter.heroku.com, "Building Docker Images with heroku.yml": a process has a Dockerfile, or one with a
    /// target; the context is the Dockerfile's folder.
    static let heroku = ofDocuments(isFile: { name, _ in name.equals("heroku.yml") }) {
        documents, source, _, _ in
        var stated = StatedBuilds()
        let own = Paths.folder(of: source.path)
        let build = documents.first?["build"]
        for (process, value) in build?["docker"]?.mapping ?? [] {
            guard let file = value["dockerfile"] ?? (value.mapping == nil ? value : nil),
                let path = file.string.flatMap({ Paths.resolve($0, in: own) })
            else { continue }
            var found = StatedBuild(
                dockerfile: .path(path), context: .directory(Paths.folder(of: path)), at: file, in: source)
            found.name = process.string
            found.target = value["target"]?.string
            found.pass(build?["config"], isTold: { _ in true })
            stated.builds.append(found)
        }
        return stated
    }

    /// Source: render.com/docs/blueprint-spec: `dockerfilePath` and `dockerContext` are relative to the repository's root, or
    /// to `rootDir`. Values of the service's environment are build arguments, and the dashboard may set more.
    static let render = ofDocuments(
        isFile: { name, _ in name.equals("render.yaml") },
        mayBuild: { $0.holds("docker") }
    ) { documents, source, _, _ in
        var stated = StatedBuilds()
        let yaml = documents.first
        let projects = (yaml?["projects"]?.sequence ?? []).flatMap { $0["environments"]?.sequence ?? [] }
        for service in ([yaml].compactMap { $0 } + projects).flatMap({ $0["services"]?.sequence ?? [] }) {
            guard let runtime = service["runtime"] ?? service["env"], runtime.string == "docker" else {
                continue
            }
            let root = service["rootDir"]?.string ?? "."
            let context = Paths.resolve(service["dockerContext"]?.string ?? ".", in: root)
            let file = service["dockerfilePath"]
            let path = Paths.resolve(file?.string ?? "Dockerfile", in: root)
            var found = StatedBuild(
                dockerfile: path.map { .path($0) } ?? .unknown("dockerfilePath"),
                context: context.map { .directory($0) } ?? .unknown, at: file ?? runtime, in: source)
            found.name = service["name"]?.string
            found.mayPassMore = true
            stated.builds.append(found)
        }
        return stated
    }

    /// Source: goreleaser.com/customization/docker and …/dockers_v2: the context is a folder of goreleaser's own, with the
    /// binaries and `extra_files`.
    static let goReleaser = ofDocuments(
        isFile: { name, _ in
            (name.hasPrefix(".goreleaser") || name.hasPrefix("goreleaser"))
                && (name.hasSuffix(".yaml") || name.hasSuffix(".yml"))
        },
        mayBuild: { $0.holds("dockers") || $0.holds("includes:") }
    ) { documents, source, _, work in
        var stated = StatedBuilds()
        for file in documents.first?["includes"]?.sequence ?? [] {
            let place = file["from_url"]?["url"] ?? file["from_file"]?["path"]
            stated.notes.append(
                Note(
                    path: source.path, line: file.line,
                    message: "includes \(place?.string ?? "a file"), which is not read; it may state builds"))
        }
        func isTold(_ text: String) -> Bool { !text.contains("{{") && !text.contains("$") }
        let own = Paths.folder(of: source.path)
        for key in ["dockers", "dockers_v2"] {
            for image in documents.first?[key]?.sequence ?? [] {
                let file = image["dockerfile"]
                let written = file?.string.flatMap { $0.isEmpty ? nil : $0 } ?? "Dockerfile"
                guard work.spend(), let place = file ?? image["image_templates"] ?? image["images"] else {
                    continue
                }
                let path = isTold(written) ? Paths.resolve(written, in: own) : nil
                var found = StatedBuild(
                    dockerfile: path.map { .path($0) } ?? .unknown("dockerfile: \(written)"),
                    context: .unknown,
                    at: place, in: source)
                found.pass(image["build_args"], isTold: isTold)
                found.platforms = (image["platforms"]?.sequence ?? []).compactMap(\.string)
                for flag in image["build_flag_templates"]?.sequence ?? [] {
                    if let text = flag.string { found.take(flag: text, isTold: isTold) }
                }
                stated.builds.append(found)
            }
        }
        return stated
    }

    /// Source: docs.railway.com/reference/config-as-code (`build.builder`, `build.dockerfilePath`).
    static let railway = ofDocuments(
        isFile: { name, _ in name.equals("railway.json") },
        mayBuild: { $0.holds("ockerfile") }
    ) { documents, source, _, _ in
        var stated = StatedBuilds()
        let build = documents.first?["build"]
        guard let file = build?["dockerfilePath"], build?["builder"]?.string ?? "DOCKERFILE" == "DOCKERFILE"
        else {
            return stated
        }
        let own = Paths.folder(of: source.path)
        var found = StatedBuild(
            dockerfile: file.string.flatMap { Paths.resolve($0, in: own) }.map { .path($0) }
                ?? .unknown("dockerfilePath"),
            context: .directory(own), at: file, in: source)
        found.mayPassMore = true
        stated.builds = [found]
        return stated
    }

    /// What fly.io is told stands in TOML, which is not read.
    static let fly = BuildFileFormat(
        isFile: { name, _ in name.equals("fly.toml") || name.equals("railway.toml") },
        mayBuild: { $0.holds("ockerfile") }
    ) { source, _, _ in
        var stated = StatedBuilds()
        stated.notes = [Note(path: source.path, message: "names a Dockerfile in TOML, which is not read")]
        return stated
    }
}

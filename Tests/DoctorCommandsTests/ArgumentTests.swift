import DoctorCommands
import Foundation
import TestSupport
import Testing

/// No text of a repository, and none that an engine answers, becomes an option of a program.
@Suite struct ArgumentTests {
    /// Each program writes down what it was called with: `program`, its arguments, an empty line.
    private func programs(listsJSON: Bool) throws -> ScratchFolder {
        let folder = try ScratchFolder()
        let record =
            #"{ echo "$0"; for word in "$@"; do printf '%s\n' "$word"; done; echo; } >>"$(dirname "$0")/calls""#
        try folder.write("#!/bin/sh\n\(record)\nexec /usr/bin/git \"$@\"\n", to: "git", mode: 0o755)
        let builders =
            listsJSON
            ? #"""
            cat <<'END'
            {"Name": "default", "Current": true, "Driver": "docker", "Nodes": [{"Name": "default", "Status": "running", "Version": "v0.29.0"}]}
            {"Name": "--evil-builder", "Driver": "docker-container", "Nodes": [{"Name": "--evil-node", "Status": "running", "Version": "v0.29.0"}]}
            END
            """#
            : #"""
            case "$*" in *json*) echo "unknown flag: --format" >&2; exit 1;; esac
            cat <<'END'
            NAME/NODE        DRIVER/ENDPOINT  STATUS   BUILDKIT PLATFORMS
            default *        docker
              default        default          running  v0.29.0  linux/amd64
            --evil-builder   docker-container
              --evil-node    --evil-place     running  v0.29.0  linux/amd64
            END
            """#
        try folder.write(
            #"""
            #!/bin/sh
            \#(record)
            case "$*" in
            version*) echo '{"Client": {"Version": "29.4.0"}, "Server": {"Version": "29.4.0"}}';;
            info*) echo '{"ServerVersion": "29.4.0", "OSType": "linux", "Driver": "overlay2", "SystemTime": "2026-01-03T03:04:05Z",
              "ClientInfo": {"Version": "29.4.0", "Plugins": [{"Name": "buildx", "Version": "0.31.0"}]}}';;
            "buildx ls"*) \#(builders)
            ;;
            "buildx history ls"*) cat <<'END'
            {"cached_steps":3,"completed_at":"2026-01-03T02:04:07.5Z","created_at":"2026-01-03T02:04:05Z","name":"--evil","ref":"--evil/--evil/two","status":"Completed","total_steps":4}
            {"name":"--evil","ref":"--evil/--evil/--evil","completed_at":"2026-01-03T02:04:07.5Z","created_at":"2026-01-03T02:04:05Z"}
            END
            ;;
            *du*) echo '{"ID": "--evil", "Type": "--evil", "Size": "7GB", "LastUsedAt": "2 days ago"}';;
            system*) echo '{"Images": [{"Repository": "--evil", "Tag": "--evil"}], "Containers": [{"Names": "--evil"}], "Volumes": [{"Name": "--evil", "Links": "0", "Size": "1GB"}],
              "BuildCache": [{"ID": "--evil", "CacheType": "--evil", "Size": "7GB", "Description": "--evil"}]}';;
            esac
            """#, to: "docker", mode: 0o755)
        return folder
    }

    @Test(arguments: [true, false]) func noneIsAnOption(listsJSON: Bool) async throws {
        let programs = try programs(listsJSON: listsJSON)
        let folder = try ScratchFolder()
        try await folder.git("init", "-q", "-b", "main", ".")
        try await folder.git("config", "user.name", "t")
        try await folder.git("config", "user.email", "t@t")
        for path in [
            "-evil", "--evil=a", "--evil/-evil", "--evil/.gitattributes", "-evil.txt", "--evil/compose.yaml",
        ] {
            try folder.write("one\n", to: path)
        }
        try folder.write("FROM --evil AS --evil\nCOPY --evil -evil* /\n", to: "--evil/Dockerfile")
        try folder.write("FROM debian:12\nCOPY ./-evil ./--evil /\n", to: "Dockerfile")
        try folder.write(
            """
            target "--evil=1" {
            target "-evil" {
            target "evil" {
              inherits = ["--evil"]
            }
            group "--evil" { targets = ["--evil"] }
            """, to: "docker-bake.hcl")
        try folder.write(
            "services:\n  --evil:\n    build: {context: ./--evil, target: --evil, args: {--evil: --evil}}\n",
            to: "compose.yaml")
        try folder.write("docker build -t --evil -f --evil/Dockerfile --evil\n", to: "build.sh")
        try await folder.git("add", "-A")
        try await folder.git("commit", "-q", "-m", "x")
        try await folder.git("update-ref", "refs/remotes/origin/--evil", "HEAD")
        try await folder.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/--evil")
        for path in ["-evil", "--evil/new", "--evil=b", "--evil\nb", "\"--evil"] {
            try folder.write("two\n", to: path)
        }
        try await folder.git("commit", "-q", "-a", "-m", "y")
        for path in ["-evil", "--evil/-evil", "--evil/Dockerfile"] { try folder.write("six\n", to: path) }
        try await folder.git("add", "--", "--evil/-evil")
        for arguments in [
            ["check"], ["check", "--new-since", "HEAD~1"], ["check", "--new-since=--evil"],
            ["check", "--diff"],
            ["impact"], ["impact", "--staged", "--base", "HEAD"],
            ["impact", "--base", "HEAD~1", "--head", "HEAD"],
            ["impact", "--base=--evil"], ["impact", "--head=--evil", "--base=HEAD"], ["builds"], ["context"],
            ["cache"],
            ["cache", "--history"], ["cache", "--history", "--builder=--evil-builder"],
            ["cache", "--gc-config"],
            ["cache", "--advise", "--to", "1MB", "--apply", "--yes"],
        ] {
            _ = await Session.run(
                arguments, in: folder,
                environment: [
                    "PATH": "\(programs.path):/usr/bin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8",
                ])
        }
        let calls = String(decoding: try programs.read("calls"), as: UTF8.self).components(
            separatedBy: "\n\n")
        for program in ["git", "docker"] {
            #expect(
                calls.contains { $0.hasPrefix("\(programs.path)/\(program)\n") }, "\(program) was not called")
        }
        #expect(
            calls.contains { $0.contains("--builder=--evil-builder") || $0.contains("--\n--evil-builder") })
        for call in calls {
            let words = call.split(separator: "\n").dropFirst()
            let options = words.prefix { $0 != "--" && $0 != "--end-of-options" }
            #expect(!options.contains { $0.drop { $0 == "-" }.hasPrefix("evil") }, "\(call)")
        }
    }
}

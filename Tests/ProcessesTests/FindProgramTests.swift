import Processes
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

@Suite struct FindProgramTests {
    @Test func onlyAbsoluteEntriesOutsideOfTheRepository() throws {
        var template = Array("/tmp/clm-doctor-XXXXXX".utf8CString)
        let folder = try #require(mkdtemp(&template).map { String(cString: $0) })
        let repository = folder + "/repo"
        mkdir(repository, 0o700)
        mkdir(folder + "/bin", 0o700)
        mkdir(folder + "/bin/directory", 0o700)
        for (path, mode) in [("/repo/tool", 0o700), ("/bin/tool", 0o700), ("/bin/plain", 0o600)] {
            close(open(folder + path, O_CREAT | O_WRONLY, mode_t(mode)))
        }
        symlink(repository + "/tool", folder + "/bin/link")
        defer {
            for name in ["repo/tool", "bin/tool", "bin/plain", "bin/link"] { unlink("\(folder)/\(name)") }
            for name in ["bin/directory", "bin", "repo"] { rmdir("\(folder)/\(name)") }
            rmdir(folder)
        }
        let path = "\(repository):.::bin:\(folder)/bin"
        #expect(findProgram("tool", path: path, outside: repository) == folder + "/bin/tool")
        #expect(findProgram("tool", path: path, outside: nil) == repository + "/tool")
        #expect(findProgram("link", path: path, outside: repository) == nil)
        #expect(findProgram("link", path: path, outside: nil) == folder + "/bin/link")
        // A repository in the repository, such as a submodule, is part of it.
        mkdir(repository + "/.git", 0o700)
        mkdir(repository + "/nested", 0o700)
        #expect(findProgram("tool", path: path, outside: repository + "/nested") == folder + "/bin/tool")
        for name in ["nested", ".git"] { rmdir(repository + "/" + name) }
        for name in ["plain", "directory", "missing", "", "bin/tool", "../bin/tool"] {
            #expect(findProgram(name, path: path, outside: repository) == nil)
        }
    }

    @Test func environmentIsAListOfWhatIsKept() {
        let environment = [
            "PATH": "/bin", "GIT_DIR": "/x", "LD_PRELOAD": "/x", "DOCKER_HOST": "y", "LC_ALL": "de",
        ]
        #expect(filteredEnvironment(environment) == ["PATH": "/bin", "LC_ALL": "C"])
        #expect(filteredEnvironment(environment, keeping: ["DOCKER_HOST"])["DOCKER_HOST"] == "y")
    }

    @Test func settingsInTheRepositoryAreNotHeeded() throws {
        let folder = try ScratchFolder()
        for name in ["repo/.git", "repo/home", "repo/bin", "home", "bin"] { try folder.makeFolder(name) }
        try folder.symlink("link", to: "repo/home")
        let root = folder.path(of: "repo")
        let names = ["HOME", "XDG_CONFIG_HOME", "DOCKER_CONFIG", "BUILDX_CONFIG"]
        for place in ["repo", "repo/home", "repo/not-yet", "link"] {
            let inside = Dictionary(uniqueKeysWithValues: names.map { ($0, folder.path(of: place)) })
            #expect(environment(inside, outside: root).isEmpty, "\(place)")
        }
        let outside = Dictionary(uniqueKeysWithValues: names.map { ($0, folder.path(of: "home")) })
        #expect(environment(outside, outside: root) == outside)
        #expect(environment(["HOME": "home"], outside: root).isEmpty)
        let path = [folder.path(of: "repo/bin"), folder.path(of: "bin"), ".", ""].joined(separator: ":")
        #expect(environment(["PATH": path], outside: root) == ["PATH": folder.path(of: "bin")])
        #expect(environment(["PATH": path], outside: nil) == ["PATH": path])
    }
}

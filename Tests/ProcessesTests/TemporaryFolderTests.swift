import Foundation
import Processes
import Testing

@Suite struct TemporaryFolderTests {
    @Test func whatAKilledProcessLeftIsDeletedAndWhatIsInUseIsNot() throws {
        let parent = FileManager.default.temporaryDirectory.appending(path: "clm-doctor-\(UUID())").path
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: parent) }
        let used = try TemporaryFolder(in: parent)
        used.write([0x61], to: "file")
        let left = parent + "/clm-doctor-run-abcdef"
        try FileManager.default.createDirectory(atPath: left + "/a/b", withIntermediateDirectories: true)
        // A name that is no UTF-8.
        let name = Array((left + "/a/").utf8) + [0xFF, 0x61]
        let file = fopen((name + [0]).map { CChar(bitPattern: $0) }, "w")
        try #require(file != nil)
        fclose(file)
        try FileManager.default.createSymbolicLink(atPath: left + "/a/link", withDestinationPath: used.path)
        let foreign = parent + "/clm-doctor-other"
        try FileManager.default.createDirectory(atPath: foreign, withIntermediateDirectories: true)

        let next = try TemporaryFolder(in: parent)
        #expect(!FileManager.default.fileExists(atPath: left))
        #expect(FileManager.default.fileExists(atPath: used.path + "/file"))
        #expect(FileManager.default.fileExists(atPath: foreign))
        withExtendedLifetime((used, next)) {}
    }

    @Test func isDeletedWithItsValue() throws {
        var folder: TemporaryFolder? = try TemporaryFolder()
        let path = try #require(folder?.path)
        folder?.makeFolder("a")
        folder?.write([0x61], to: "a/file")
        #expect(FileManager.default.fileExists(atPath: path + "/a/file"))
        folder = nil
        #expect(!FileManager.default.fileExists(atPath: path))
    }
}

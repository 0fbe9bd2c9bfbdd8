import BuildRecords
import Diagnostics
import Reports

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The records in files and folders that a command line names.
enum RecordFiles {
    /// - Parameter names: files, folders whose files are read, `-` for standard input.
    /// - Returns: at least one record.
    /// - Throws: where a named file holds none. A file of a folder that holds none is told on standard error.
    static func records(_ names: [String], in surroundings: Surroundings) throws(CommandFailure)
        -> [BuildRecord]
    {
        let key = HashKey.random()
        var records: [BuildRecord] = []
        for name in names {
            let path = name == "-" ? "-" : try surroundings.named(name)
            guard let files = files(in: path) else {
                do { records += try RecordReader.read(file: path, key: key) } catch {
                    throw .usage("\(name == "-" ? "standard input" : name): \(error)")
                }
                continue
            }
            var problems: [String] = []
            let before = records.count
            for file in files where records.count < Limits.recordedBuilds {
                do { records += try RecordReader.read(file: path + "/" + file, key: key) } catch {
                    problems.append("\(name)/\(file): \(error)")
                }
            }
            guard records.count > before else {
                throw .usage(problems.first ?? "\(name): there is no file in this folder")
            }
            for problem in problems { surroundings.errorOutput("note: \(printable(problem))\n") }
        }
        if records.count > Limits.recordedBuilds { records.removeLast(records.count - Limits.recordedBuilds) }
        return records
    }

    /// The names of a folder's files in order, without what is hidden.
    /// - Returns: nil for what is no folder.
    private static func files(in path: String) -> [String]? {
        guard path != "-", let folder = opendir(path) else { return nil }
        defer { closedir(folder) }
        var names: [String] = []
        while names.count < Limits.recordFiles, let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            var status = stat()
            // What waits for a writer, and links to other places, are no records.
            guard !name.hasPrefix("."), lstat(path + "/" + name, &status) == 0,
                status.st_mode & S_IFMT == S_IFREG
            else { continue }
            names.append(name)
        }
        return names.sorted()
    }
}

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Looks below a folder for one entry that is no regular file: of those there may be very many. Links are not followed.
enum FolderSearch {
    /// - Parameters:
    ///   - root: absolute path of a folder.
    ///   - left: how many names may still be looked at.
    ///   - skipped: the name of folders that are not entered.
    ///   - test: gets the path of an entry, its name and its type (`d_type` of readdir(3)).
    /// - Returns: the first that the test makes something of.
    static func first<Found>(
        below root: [UInt8], _ left: inout Int, skipping skipped: String? = nil,
        where test: (_ path: [UInt8], _ name: [UInt8], _ type: Int) -> Found?
    ) -> Found? {
        var open = [root]
        while let folder = open.popLast() {
            guard let stream = opendir((folder + [0]).map { CChar(bitPattern: $0) }) else { continue }
            defer { closedir(stream) }
            while left > 0, let entry = readdir(stream) {
                left -= 1
                let type = Int(entry.pointee.d_type)
                if type == Int(DT_REG) { continue }
                let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
                if name.elementsEqual(".".utf8) || name.elementsEqual("..".utf8) { continue }
                let path = folder + [UInt8(ascii: "/")] + name
                if let found = test(path, name, type) { return found }
                if type == Int(DT_DIR), skipped.map({ !name.elementsEqual($0.utf8) }) ?? true {
                    open.append(path)
                }
            }
        }
        return nil
    }
}

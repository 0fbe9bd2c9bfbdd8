#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif
#if os(Linux)
internal import CLinux
#endif

/// What the system lets this process have (`ulimit`).
package enum SystemLimits {
    /// swift-subprocess 1.0.2 opens about a dozen files for each program, and traps or waits for ever where it gets none.
    private static let files = 128
    /// Its threads and Dispatch's each reserve a stack of 8 MB, and malloc an arena of 64 MB for each.
    private static let addressSpace = 1 << 30

    /// The program itself with its threads.
    private static let ownAddressSpace = 128 << 20

    /// - Returns: why this process ends at once, as a sentence without its final dot; nil where it may start.
    package static func lackToStart() -> String? {
        #if os(Linux)
        // Swift's runtime reads them there, and gives none where it cannot (swift/stdlib/public/runtime/CommandLine.cpp).
        if CommandLine.arguments.isEmpty {
            return "clm-doctor reads its arguments in /proc, which is not mounted"
        }
        #endif
        return limit(RLIMIT_AS).flatMap { most in
            most >= ownAddressSpace
                ? nil
                : "clm-doctor needs \(ownAddressSpace >> 20) MB of address space, and may not have more than "
                    + "\(most >> 20) (ulimit -v)"
        }
    }

    /// The C library sets 64 MiB of addresses aside for each thread that allocates; where they are few, it asks the system
    /// for each piece of memory, which takes for ever.
    package static var hasLittleAddressSpace: Bool { limit(RLIMIT_AS).map { $0 < addressSpace } ?? false }

    /// - Returns: why programs are not to be run, as part of a sentence; nil where enough is allowed.
    static func lack() -> String? {
        if let most = limit(RLIMIT_NOFILE), most < files {
            return
                "this process may not have more than \(most) files open (ulimit -n), and \(files) are needed"
        }
        if let most = limit(RLIMIT_AS), most < addressSpace {
            return
                "this process may not have more than \(most >> 20) MB of address space (ulimit -v), and "
                + "\(addressSpace >> 20) are needed"
        }
        return nil
    }

    #if canImport(Glibc)
    private typealias Resource = __rlimit_resource
    #else
    private typealias Resource = Int32
    #endif

    private static func limit(_ resource: Resource) -> Int? {
        var limit = rlimit()
        #if canImport(Glibc)
        let code = getrlimit(__rlimit_resource_t(resource.rawValue), &limit)
        #else
        let code = getrlimit(resource, &limit)
        #endif
        return code == 0 && limit.rlim_cur < Int.max ? Int(limit.rlim_cur) : nil
    }
}

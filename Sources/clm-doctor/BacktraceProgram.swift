#if os(Linux)
/// Where Swift's runtime finds the program that prints its backtraces: nowhere. `ProcessGuard` tells of crashes.
///
/// This takes the place of the runtime's own function, which is called before `main`. That one asks `/proc` where the
/// program is, as a static program has no other way, and ends it where there is no `/proc`
/// (swift/stdlib/public/runtime/Paths.cpp).
/// - Returns: nil, as for a program that is not there.
@_cdecl("swift_copyAuxiliaryExecutablePath") func pathOfBacktraceProgram(_ name: UnsafePointer<CChar>?)
    -> UnsafeMutablePointer<CChar>?
{ nil }
#endif

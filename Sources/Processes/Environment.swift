/// The part of an environment that the programs which we run may see.
/// - Parameters:
///   - environment: this process's own.
///   - names: variables to keep besides those that every program needs (search path, home, language, temporary
///     folder, proxies).
/// - Returns: what is left, with messages in English.
package func filteredEnvironment(_ environment: [String: String], keeping names: Set<String> = [])
    -> [String: String]
{
    var kept = environment.filter { always.contains($0.key) || names.contains($0.key) }
    kept["LC_ALL"] = "C"
    return kept
}

private let always: Set<String> = [
    "PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR",
    "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
]

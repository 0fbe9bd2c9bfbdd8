/// The checks of this program: one for each file below `Sources/Checks/Builtin`. The build plugin writes the list
/// `types` (`Sources/EmbedChecks`).
enum BuiltinChecks {}

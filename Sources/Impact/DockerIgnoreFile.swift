package import BuildContext

/// `.dockerignore`; git has an `IgnoreFile` too.
package typealias DockerIgnoreFile = IgnoreFile

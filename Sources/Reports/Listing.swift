/// What a command prints in each of the forms that all of them have.
package protocol Listing {
    /// For people.
    func text(style: TextStyle) -> String
    /// One line for each thing, for `grep` and `cut`.
    func conciseText() -> String
    /// For programs.
    func json() -> String
}

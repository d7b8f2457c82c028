extension Nuncio {
    /// The version of the last release, or, with “-dev”, of the next one. `./package --release` stamps it.
    static let version = "0.1.0-dev"
}

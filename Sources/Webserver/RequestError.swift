/// A request that cannot be understood, whoever sends it.
enum RequestError: Error, Hashable {
    case malformedJSON(String)
    case bodyTooLarge
    case notFound
    case methodNotAllowed(allowed: String)
}

import HTTPTypes

/// A request that cannot be understood, whoever sends it.
enum RequestError: Error, Hashable {
    case malformedJSON(String)
    case bodyTooLarge
    case notFound
    /// The name of a part of the query that should be a number.
    case invalidNumber(String)
    /// What was given as a time.
    case invalidTime(String)
    case methodNotAllowed(allowed: [HTTPRequest.Method])
}

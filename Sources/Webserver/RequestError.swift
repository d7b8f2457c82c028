import HTTPTypes

/// A request that cannot be understood, whoever sends it.
enum RequestError: Error, Hashable {
    case malformedJSON(String)
    case bodyTooLarge
    case notFound
    /// The name of a part of the query that cannot be read.
    case invalidText(String)
    /// The name of a part of the query that should be a number.
    case invalidNumber(String)
    /// What is wrong with a name, in a sentence.
    case invalidName(String)
    case invalidNotedEntry
    /// The name of a part of the query, and what it could be.
    case invalidChoice(String, of: [String])
    /// The operator's API is for who has its token.
    case operatorTokenNeeded
    /// What was given as a time.
    case invalidTime(String)
    case methodNotAllowed(allowed: [HTTPRequest.Method])
}

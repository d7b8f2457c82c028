import HTTPTypes

/// A request that cannot be understood, whoever the caller is.
enum RequestError: Error, Hashable {
    case malformedJSON(String)
    case bodyTooLarge
    case notFound
    /// The name of a query parameter that cannot be read.
    case invalidText(String)
    /// The name of a query parameter that should be a number.
    case invalidNumber(String)
    /// What is wrong with a name, in a sentence.
    case invalidName(String)
    case invalidNotedEntry
    /// The text that was given as a place in the list of domains.
    case invalidPlace(String)
    /// The name of a query parameter, and its possible values.
    case invalidChoice(String, of: [String])
    /// The operator's API requires the operator's token.
    case operatorTokenNeeded
    /// The text that was given as a time.
    case invalidTime(String)
    /// The server has no certificate of its own yet; what it waits for, in words.
    case certificatePending(String)
    case methodNotAllowed(allowed: [HTTPRequest.Method])
}

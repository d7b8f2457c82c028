/// Why there is no new certificate, in words for an operator.
package struct KeepingProblem: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String
    let retryAfter: RetryAfter?
    /// Whether an order that is open leads nowhere.
    let endsOrder: Bool
    /// Whether no order was made because of something here, which can be mended at any time.
    let isObstacle: Bool

    init(_ description: String, endsOrder: Bool = false, isObstacle: Bool = false, retryAfter: RetryAfter? = nil) {
        self.isObstacle = isObstacle
        self.description = description
        self.endsOrder = endsOrder
        self.retryAfter = retryAfter
    }

    /// The same problem in other words.
    init(_ problem: KeepingProblem, words: String) {
        self.init(words, endsOrder: problem.endsOrder, isObstacle: problem.isObstacle, retryAfter: problem.retryAfter)
    }

    init(_ error: any Error) {
        switch error {
        case let error as KeepingProblem: self = error
        case let error as AuthorityFailure:
            self.init("\(error)", endsOrder: !error.isTemporary, retryAfter: error.retryAfter)
        default: self.init("\(error)")
        }
    }
}

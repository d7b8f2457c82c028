/// Why an authority did not do what it was asked.
package enum AuthorityFailure: Error, Hashable, Sendable {
    /// There was no answer, or none within the bounds on its time and size.
    case unreachable(String)
    /// The authority refused, or was in trouble. The problem is what it says, or an empty one.
    case refused(Problem, status: Int, retryAfter: RetryAfter?)
    /// The answer is not one of RFC 8555.
    case invalid(String)

    /// The problem that the authority tells; `nil` if it tells none.
    package var problem: Problem? {
        guard case .refused(let problem, _, _) = self else { return nil }
        return problem
    }

    package var retryAfter: RetryAfter? {
        guard case .refused(_, _, let retryAfter) = self else { return nil }
        return retryAfter
    }

    /// Whether the same request can succeed later without any change.
    package var isTemporary: Bool {
        switch self {
        case .unreachable: true
        case .refused(let problem, let status, _):
            status >= 500 || status == 429 || status == 408 || problem.kind == .rateLimited || problem.kind == .badNonce
        case .invalid: false
        }
    }
}

extension AuthorityFailure: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unreachable(let reason): "the authority cannot be reached: \(reason)"
        case .refused(let problem, let status, _): "the authority answered \(status): \(problem)"
        case .invalid(let reason): "the authority gave an answer that cannot be used: \(reason)"
        }
    }
}

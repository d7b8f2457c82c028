package import DNS
package import Sockets

/// A server that gave no response that could be used, and what it did instead.
package struct ServerFailure: Error, Hashable, Sendable {
    package enum Reason: Error, Hashable, Sendable {
        /// No response came within the time; for UDP, in each of the tries.
        case silent(tries: Int, time: Duration)
        /// There was no connection, or it was lost; the cause in words.
        case unreachable(String)
        /// The server closed the connection before its response was whole, after this number of octets.
        case closed(received: Int)
        /// The response is longer than ``NameserverClient/Bounds/responseLength``; in octets.
        case tooLong(Int)
        /// What came is not the response. Over UDP, others may have sent it.
        case mismatch(ResponseMismatch)
        /// The server itself says that it failed.
        case code(ResponseCode)
        /// The server answered, but not for the zone whose server it should be.
        case notAuthoritative
        /// The bound on time, servers or queries was reached before, or its address is none that may be asked.
        case notAsked(Bound)
        /// The task that asked was cancelled.
        case cancelled
    }

    package enum Bound: Hashable, Sendable {
        /// ``NameserverClient/Bounds/totalTime``, or ``Descent/Reach/time``
        case time(Duration)
        /// ``NameserverClient/Bounds/servers``
        case servers(Int)
        /// ``Descent/Reach/queries``
        case queries(Int)
        /// ``Descent/Reach/isAllowed``
        case address
    }

    package var server: Endpoint
    /// The transport over which it failed.
    package var transport: OutgoingQuery.Transport
    package var reason: Reason

    package init(server: Endpoint, transport: OutgoingQuery.Transport, reason: Reason) {
        self.server = server
        self.transport = transport
        self.reason = reason
    }
}

extension ServerFailure: CustomStringConvertible {
    package var description: String { "\(server) \(words)" }

    /// The failure in words that follow the server's address.
    package var words: String {
        let over =
            switch transport {
            case .udp: "over UDP"
            case .tcp: "over TCP"
            }
        return switch reason {
        case .silent(1, let time): "does not answer \(over) within \(time.inWords)"
        case .silent(let tries, let time): "does not answer \(over), in \(tries) tries of \(time.inWords)"
        case .unreachable(let cause): "does not answer \(over): \(cause)"
        case .closed(0): "closes the connection without an answer"
        case .closed: "closes the connection in the middle of its response"
        case .tooLong(let length): "sends a response of \(length) octets, which is too long"
        case .mismatch(let mismatch): mismatch.description
        case .code(let code): "says \(code)"
        case .notAuthoritative: "does not answer for the zone"
        case .notAsked(.time(let time)): "was not asked: the others took all of \(time.inWords)"
        case .notAsked(.servers(let count)): "was not asked: at most \(count) servers are"
        case .notAsked(.queries(let count)): "was not asked: there were \(count) queries before"
        case .notAsked(.address): "was not asked: its address is private or of no single machine"
        case .cancelled: "was not waited for any longer"
        }
    }
}

extension Duration {
    /// In seconds, rounded to tenths; in milliseconds if it is less than a second.
    fileprivate var inWords: String {
        let (seconds, attoseconds) = components
        let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
        let tenths = (milliseconds + 50) / 100
        guard tenths >= 10 else { return "\(milliseconds) ms" }
        return tenths % 10 == 0 ? "\(tenths / 10) s" : "\(tenths / 10).\(tenths % 10) s"
    }
}

/// None of the servers gave a response that could be used.
package struct NoResponse: Error, Hashable, Sendable {
    /// In the order in which the servers were asked; empty if there was none to ask.
    package var failures: [ServerFailure]

    package init(_ failures: [ServerFailure]) {
        self.failures = failures
    }
}

extension NoResponse: CustomStringConvertible {
    package var description: String {
        failures.isEmpty ? "there is no server to ask" : failures.map(\.description).joined(separator: "; ")
    }
}

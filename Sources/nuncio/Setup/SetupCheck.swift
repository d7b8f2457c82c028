import ArgumentParser
import DNS

/// One thing that a working service needs, and whether it is there.
struct SetupCheck: Hashable, Encodable {
    enum Subject: String, Encodable {
        case server
        case nameservers = "ns"
        case address
        case resolution
        case delegationSigner = "ds"
        case api
        /// The record that leads from the challenge of the API's name to its delegate.
        case challenge
        /// Whether the operator agrees to what the authority asks for.
        case terms
        /// The certificate that the server on this machine obtains.
        case certificate
    }

    enum State: String, Encodable {
        case there
        case missing
        case wrong
        /// It could not be found out.
        case unknown
        case notNeeded = "not_needed"
    }

    var check: Subject
    /// The name or the address that is looked at.
    var name: String
    var state: State
    /// The records that have to be created, in presentation form.
    var records: [String] = []
    /// What is wrong, or what to do, in a sentence without its full stop; `nil` if the state says all.
    var detail: String?
    /// The maximum time in seconds for which resolvers remember that a record was not there; `nil` if it is unknown or none.
    var memory: UInt32?

    private enum CodingKeys: String, CodingKey {
        case check
        case name
        case state
        case records
        case detail
    }

    var isInTheWay: Bool { state == .missing || state == .wrong }
}

extension [SetupCheck] {
    var exitCode: ExitCode {
        if contains(where: \.isInTheWay) { return .setupIncomplete }
        return contains { $0.state == .unknown } ? .unreachable : .success
    }
}

import Glibc
import NIOCore
import NIOPosix
import SystemErrors

/// What SwiftNIO's errors mean, in words for a person: their descriptions name functions and numbers.
package enum SocketProblem {
    /// - Returns: the cause, or the error's own description if it is not one of SwiftNIO's.
    package static func text(_ error: any Error) -> String { known(error) ?? "\(error)" }

    /// - Returns: `nil` if the error is not one of SwiftNIO's.
    package static func known(_ error: any Error) -> String? {
        switch error {
        case let error as NIOConnectionError:
            guard let first = error.connectionErrors.first else { return "the name “\(error.host)” cannot be resolved" }
            return text(first.error)
        case let error as IOError: return text(error.errnoCode)
        case let error as ChannelError:
            if case .connectTimeout = error { return "the connection timed out" }
            return "the connection was lost"
        case SocketAddressError.unixDomainSocketPathTooLong:
            return "the socket’s path is longer than the system’s limit of 107 octets: give the storage a shorter one"
        case is SocketAddressError: return "its name cannot be resolved"
        default: return nil
        }
    }

    /// The number of the system's error; `nil` if it is not one of the system's.
    package static func errorNumber(_ error: any Error) -> CInt? {
        switch error {
        case let error as NIOConnectionError: error.connectionErrors.first.flatMap { errorNumber($0.error) }
        case let error as IOError: error.errnoCode
        default: nil
        }
    }

    private static func text(_ number: CInt) -> String {
        switch number {
        case ECONNREFUSED: "nothing is listening there (connection refused)"
        case ETIMEDOUT: "the connection timed out"
        case ECONNRESET, EPIPE: "the other side ended the connection"
        case ENETUNREACH, EHOSTUNREACH: "this machine has no route there (\(SystemError.text(number)))"
        default: SystemError.text(number)
        }
    }
}

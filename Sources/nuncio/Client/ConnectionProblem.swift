import AsyncHTTPClient
import Foundation
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix

/// Why a request got no answer, in words for a person: libraries' errors name functions and numbers.
enum ConnectionProblem {
    static func text(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            guard let first = error.connectionErrors.first else { return "the name “\(error.host)” cannot be resolved" }
            return text(first.error)
        case let error as IOError: return system(error.errnoCode)
        case let error as HTTPClientError: return client(error)
        case let error as ChannelError:
            if case .connectTimeout = error { return "no connection came about in time" }
            return "the connection broke off"
        case is HTTPParserError: return "what answers there does not speak HTTP"
        case is NIOTooManyBytesError: return "the answer is too long"
        case SocketAddressError.unixDomainSocketPathTooLong:
            return "the path of the socket is too long for the system, which takes 107 octets: give the storage a shorter one"
        case is SocketAddressError: return "its name cannot be resolved"
        default: return secure(String(reflecting: error))
        }
    }

    /// The number of a system's error; `nil` if it is another one.
    static func errorNumber(_ error: any Error) -> CInt? {
        switch error {
        case let error as NIOConnectionError: error.connectionErrors.first.flatMap { errorNumber($0.error) }
        case let error as IOError: error.errnoCode
        default: nil
        }
    }

    private static func system(_ number: CInt) -> String {
        switch number {
        case ECONNREFUSED: "nothing listens there (connection refused)"
        case ETIMEDOUT: "no connection came about in time"
        case ECONNRESET, EPIPE: "the connection was ended by the other side"
        case ENETUNREACH, EHOSTUNREACH: "this machine has no way there (\(SystemError.text(number)))"
        default: SystemError.text(number)
        }
    }

    private static func client(_ error: HTTPClientError) -> String {
        switch error {
        case .connectTimeout: "no connection came about in time"
        case .deadlineExceeded, .readTimeout, .writeTimeout: "no answer came in time"
        case .tlsHandshakeTimeout: "TLS did not come about in time: is it the port of an https server?"
        case .remoteConnectionClosed: "the connection was ended before the answer was there"
        case .proxyAuthenticationRequired:
            "the proxy wants a user name and a password: write them into its URL, as http://USER:PASSWORD@proxy.example.net:3128"
        case .invalidProxyResponse:
            "the proxy did not make a connection to it: it may not be allowed there, or not be reachable from it"
        case .httpProxyHandshakeTimeout, .socksHandshakeTimeout: "the proxy did not answer in time"
        case .invalidURL, .emptyHost, .emptyScheme: "its URL is none"
        default: "the request failed (\(error.shortDescription))"
        }
    }

    /// TLS and SOCKS have no types here: their libraries are another library's.
    private static func secure(_ description: String) -> String {
        if description.contains("CERTIFICATE_VERIFY_FAILED") {
            return "its certificate is not one that this machine trusts: it has expired, or its issuer is not known here"
        }
        if description.contains("ailedToValidateHostname") { return "its certificate is for other names" }
        if description.contains("WRONG_VERSION_NUMBER") { return "what answers there does not speak TLS: is http:// meant?" }
        if description.contains("SOCKS") { return "the proxy did not make a connection to it" }
        if description.contains("SSL") { return "TLS did not come about with it" }
        return "the request failed (\(description))"
    }
}

/// What the system calls its errors.
enum SystemError {
    static func text(_ number: CInt) -> String {
        unsafe String(cString: strerror(number))
    }

    /// The last one.
    static var last: String { text(errno) }
}

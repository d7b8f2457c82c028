import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Sockets

/// Why a request got no response, in words for a person: libraries' errors name functions and numbers.
enum ConnectionProblem {
    static func text(_ error: any Error) -> String {
        switch error {
        case let error as HTTPClientError: client(error)
        case is HTTPParserError: "what answers there does not speak HTTP"
        case is NIOTooManyBytesError: "the answer is too long"
        default: SocketProblem.known(error) ?? secure(String(reflecting: error))
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

    /// The errors of TLS and SOCKS have no types here: only another library depends on their libraries.
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

import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Sockets

/// Why a request got no response, in words for a person: libraries' errors name functions and numbers.
enum ConnectionProblem {
    static func text(_ error: any Error) -> String {
        switch error {
        case let error as HTTPClientError: client(error)
        case is HTTPParserError: "what listens there does not speak HTTP"
        case is NIOTooManyBytesError: "the answer is too long"
        default: SocketProblem.known(error) ?? secure(String(reflecting: error))
        }
    }

    private static func client(_ error: HTTPClientError) -> String {
        switch error {
        case .connectTimeout: "no connection was made in time"
        case .deadlineExceeded, .readTimeout, .writeTimeout: "no answer came in time"
        case .tlsHandshakeTimeout: "the TLS handshake took too long: is it the port of an https server?"
        case .remoteConnectionClosed: "the connection was closed before the answer arrived"
        case .proxyAuthenticationRequired:
            "the proxy needs a user name and a password: write them into its URL, like http://USER:PASSWORD@proxy.example.net:3128"
        case .invalidProxyResponse:
            "the proxy did not connect to the server: it may not allow that, or may not reach the server"
        case .httpProxyHandshakeTimeout, .socksHandshakeTimeout: "the proxy did not answer in time"
        case .invalidURL, .emptyHost, .emptyScheme: "the URL is not valid"
        default: "the request failed (\(error.shortDescription))"
        }
    }

    /// The errors of TLS and SOCKS have no types here: only another library depends on their libraries.
    private static func secure(_ description: String) -> String {
        // Without any file or folder, NIOSSL makes no client; with an empty folder, it trusts nobody.
        if ["BoringSSLError.unknownError", "CERTIFICATE_VERIFY_FAILED"].contains(where: description.contains),
            let absence = TrustedRoots.absence()
        {
            return absence
        }
        if description.contains("CERTIFICATE_VERIFY_FAILED") {
            return "this machine does not trust the certificate: it has expired, or its issuer is not known here"
        }
        if description.contains("ailedToValidateHostname") { return "the certificate is for other names" }
        if description.contains("WRONG_VERSION_NUMBER") { return "the server does not speak TLS: did you mean http://?" }
        if description.contains("SOCKS") { return "the proxy did not connect to the server" }
        if description.contains("SSL") { return "the TLS handshake failed" }
        return "the request failed (\(description))"
    }
}

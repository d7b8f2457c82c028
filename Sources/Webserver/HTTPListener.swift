package import Delegates
import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import ServiceLifecycle

/// The HTTP API on one address.
package struct HTTPListener: Service {
    package let endpoint: Endpoint
    private let services: Services
    private let limits: HTTPLimits
    private let logger: Logger
    private let onListening: @Sendable (Endpoint) async -> Void

    /// - Parameter onListening: called with the address and the port that was bound, once requests are answered.
    package init(
        endpoint: Endpoint, services: Services, limits: HTTPLimits, logger: Logger,
        onListening: @escaping @Sendable (Endpoint) async -> Void
    ) {
        self.endpoint = endpoint
        self.services = services
        self.limits = limits
        self.logger = logger
        self.onListening = onListening
    }

    /// Answers until shutdown begins; requests that are under way then are finished.
    ///
    /// - Throws: ``ListenError`` if the address cannot be had.
    package func run() async throws {
        let bodyTimeout = TimeAmount(limits.bodyTimeout)
        let server = HTTPServerBuilder.http1(
            configuration: HTTP1Channel.Configuration(
                additionalChannelHandlers: [
                    ExpectationAnswer(maximumBodyLength: Request.maximumBodyLength), RequestDeadline(limit: bodyTimeout),
                ],
                idleTimeout: TimeAmount(limits.headerTimeout),
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: HTTPLimits.maximumHeaderLength, maxHeaderListSize: HTTPLimits.maximumHeaderLength,
                    maxHeaderFieldCount: HTTPLimits.maximumHeaderCount)))
        var quiet = logger
        // Hummingbird tells of its start in its own words.
        quiet.logLevel = max(logger.logLevel, .notice)
        let application = Application(
            router: services.router(logger: logger),
            server: server,
            configuration: ApplicationConfiguration(
                address: .hostname(endpoint.hostText, port: Int(endpoint.port)),
                serverName: nil,
                backlog: 1024,
                availableConnectionsDelegate: MaximumAvailableConnections(limits.maximumConnections)),
            onServerRunning: { channel in
                let port = channel.localAddress?.port.flatMap(UInt16.init(exactly:)) ?? endpoint.port
                await onListening(Endpoint(host: endpoint.host, port: port))
            },
            logger: quiet)
        do {
            try await application.run()
        } catch let error as IOError {
            throw ListenError(endpoint: endpoint, transport: "TCP", errorNumber: error.errnoCode)
        }
    }
}

/// How much of the machine HTTP clients may take.
package struct HTTPLimits: Hashable, Sendable {
    /// More connections than this wait to be accepted.
    package var maximumConnections = 1000
    /// From the opening of a connection, or the end of the last response, to the end of the next request's headers.
    package var headerTimeout = Duration.seconds(15)
    /// From the end of a request's headers to the end of its body.
    package var bodyTimeout = Duration.seconds(10)

    /// In octets, of one header field and of all together.
    static let maximumHeaderLength = 16_384
    static let maximumHeaderCount = 100

    package init() {}
}

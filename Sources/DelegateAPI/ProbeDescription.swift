/// What `nuncio doctor --probe` has measured. Times are in seconds, with milliseconds.
package struct ProbeDescription: Codable, Hashable, Sendable {
    /// Without the final dot.
    package var delegate: String
    /// From the request until the server said that the value is durable and served.
    package var publishedSeconds: Double
    package var servers: [ProbedServerDescription]
    /// Of the withdrawal, with the values that were published again.
    package var withdrawnSeconds: Double
    /// The number of other values of the delegate, which were withdrawn with the probe's and published again.
    package var restoredValues: Int

    package init(
        delegate: String, publishedSeconds: Double, servers: [ProbedServerDescription], withdrawnSeconds: Double,
        restoredValues: Int
    ) {
        self.delegate = delegate
        self.publishedSeconds = publishedSeconds
        self.servers = servers
        self.withdrawnSeconds = withdrawnSeconds
        self.restoredValues = restoredValues
    }

    /// Whether each server had the value in time.
    package var hasArrived: Bool { servers.allSatisfy { $0.seconds != nil } }
}

/// A server that was asked for the probe's value.
package struct ProbedServerDescription: Codable, Hashable, Sendable {
    /// The name server's name without the final dot, or `resolver`.
    package var server: String
    /// With the port.
    package var address: String
    /// From the publication until the server had the value; `nil` if it did not have it in time.
    package var seconds: Double?

    package init(server: String, address: String, seconds: Double?) {
        self.server = server
        self.address = address
        self.seconds = seconds
    }

    /// A time that is missing is `null`: a program that reads the list should not overlook it.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(server, forKey: .server)
        try container.encode(address, forKey: .address)
        try container.encode(seconds, forKey: .seconds)
    }
}

package import DNS
package import Sockets

/// What a running server has, for judging what the DNS shows.
package struct ServerView: Sendable {
    /// The zones with delegates.
    package var zones: [ZoneView]
    /// What is known of a delegate.
    package var delegate: @Sendable (DomainName) async throws -> DelegateView
    /// The certificate of the API; `nil` if the server has none of its own.
    package var certificate: CertificateView?

    package init(
        zones: [ZoneView], certificate: CertificateView? = nil,
        delegate: @escaping @Sendable (DomainName) async throws -> DelegateView
    ) {
        self.zones = zones
        self.certificate = certificate
        self.delegate = delegate
    }

    /// The zone with a name, the closest one.
    func zone(of name: DomainName) -> ZoneView? {
        zones.filter { name.isAtOrBelow($0.apex) }.max { $0.apex.labelCount < $1.apex.labelCount }
    }
}

/// A zone as the server has it.
package struct ZoneView: Hashable, Sendable {
    package var apex: DomainName
    package var nameservers: Set<DomainName>
    /// The addresses of those whose names are in the server's own zones.
    package var addresses: [DomainName: Set<Endpoint.Host>]
    /// The DS records that the parent should have; empty if the zone is not signed.
    package var delegationSigners: [RecordData]
    /// `nil` if it is not known.
    package var serial: UInt32?

    package init(
        apex: DomainName, nameservers: Set<DomainName>, addresses: [DomainName: Set<Endpoint.Host>],
        delegationSigners: [RecordData] = [], serial: UInt32? = nil
    ) {
        self.apex = apex
        self.nameservers = nameservers
        self.addresses = addresses
        self.delegationSigners = delegationSigners
        self.serial = serial
    }
}

/// A delegate as the server has it.
package enum DelegateView: Hashable, Sendable {
    case unknown
    case deleted
    case present(Contents)

    package struct Contents: Hashable, Sendable {
        /// `nil` if they are not known.
        package var values: [String]?
        /// When the newest value was published, in seconds since 1970; `nil` if there are no values.
        package var publishedAt: Int64?
        /// The networks that have asked for values since then; `nil` if they are not counted.
        package var askingNetworks: AskingNetworks?
        package var isDisabled: Bool

        package init(
            values: [String]?, publishedAt: Int64? = nil, askingNetworks: AskingNetworks? = nil, isDisabled: Bool = false
        ) {
            self.values = values
            self.publishedAt = publishedAt
            self.askingNetworks = askingNetworks
            self.isDisabled = isDisabled
        }
    }

    /// The number of client networks that asked for values.
    package struct AskingNetworks: Hashable, Sendable {
        package var count: Int
        /// Whether there may have been more.
        package var isMinimum: Bool

        package init(count: Int, isMinimum: Bool) {
            self.count = count
            self.isMinimum = isMinimum
        }
    }
}

/// The certificate of the server's API.
package struct CertificateView: Hashable, Sendable {
    package var names: [String]
    /// Seconds since 1970; `nil` if there is no certificate yet.
    package var notAfter: Int64?
    /// The last problem in words.
    package var problem: String?

    package init(names: [String], notAfter: Int64?, problem: String? = nil) {
        self.names = names
        self.notAfter = notAfter
        self.problem = problem
    }
}

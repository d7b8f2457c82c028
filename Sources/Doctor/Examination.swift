package import DNS
package import DNSClient
package import Sockets
package import Validation

/// What is examined, and how it is looked at.
package struct Examination: Sendable {
    /// A host name, without a wildcard's label.
    package var domain: DomainName
    /// The delegate to which the CNAME must lead; `nil` for the one to which it leads.
    package var delegate: DomainName?
    /// The ACME accounts that may obtain certificates, by their URIs.
    package var accounts: [String] = []
    /// The authorities that are judged, by their CAA identities.
    package var authorities: [String] = ["letsencrypt.org"]
    /// Whether certificates for the names below are wanted, too.
    package var isWildcardWanted = false
    /// What the server has; `nil` to judge from outside alone.
    package var server: ServerView?
    /// The resolvers whose answers are compared with those of the name servers.
    package var resolvers: [Endpoint] = []
    package var means: Means

    /// How the DNS is asked.
    package struct Means: Sendable {
        package var hints: RootHints = .internet
        package var reach = Descent.Reach()
        package var validator = Validator()

        package init() {}
    }

    package init(domain: DomainName, means: Means = Means()) {
        self.domain = domain
        self.means = means
    }

    /// The name at which authorities look for a challenge value (RFC 8555 section 8.4).
    package var challengeName: DomainName { domain.prepending(label: "_acme-challenge".utf8) ?? domain }

    /// The step that is under way, for people who wait.
    package typealias Progress = @Sendable (String) -> Void

    /// Looks at everything, and judges it. It takes at most the time of ``Descent/Reach/time`` and ten seconds for validation.
    package func diagnosis(progress: @escaping Progress = { _ in }) async -> Diagnosis {
        let facts = await Survey(self, progress).facts()
        return Judgement(of: facts, in: self).diagnosis
    }
}

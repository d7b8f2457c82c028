import Crypto
package import DNS

/// The delegate at which the server publishes the challenges for one name of its own certificate.
///
/// It has no credential. Its name follows from that other one, so the record that leads to it stays right after a restore and in a
/// new storage.
package struct OwnDelegate: Hashable, Sendable {
    /// The name in the certificate.
    package let host: DomainName
    package let name: DomainName

    /// - Parameter zone: the apex of the zone in which delegates are enrolled; at most 200 octets.
    /// - Returns: `nil` if the zone's name leaves no room for a label.
    package init?(for host: DomainName, in zone: DomainName) {
        let digest = SHA256.hash(data: Array("nuncio's own delegate for ".utf8) + host.lowercased.description.utf8)
        guard let name = zone.prepending(label: UniqueID(digest: Array(digest)).description.utf8) else { return nil }
        self.host = host.lowercased
        self.name = name.lowercased
    }

    /// The name that certificate authorities ask; `nil` if it is too long to exist (RFC 8555 section 8.4).
    package var challengeName: DomainName? { host.prepending(label: "_acme-challenge".utf8) }
}

/// The delegates of the server's own certificate, which the server enrols and publishes at, like everybody by the rules.
package struct OwnDelegates: Sendable {
    package let all: [OwnDelegate]
    private let operating: Operating
    private let publishing: Publishing
    private let actor = Actor(.server, from: nil)

    package init(_ all: [OwnDelegate], operating: Operating, publishing: Publishing) {
        self.all = all
        self.operating = operating
        self.publishing = publishing
    }

    /// Enrols the delegates that are not enrolled yet.
    ///
    /// - Throws: a ``Refusal``, as of a delegate that was deleted, or a ``StorageError``.
    package func enrol() async throws {
        for delegate in all {
            do {
                try await operating.prepare(delegate.name, for: nil, by: actor)
            } catch Refusal.nameTaken {
                // It is enrolled.
            }
        }
    }

    /// - Throws: a ``Refusal``, or a ``StorageError``.
    package func publish(_ value: ChallengeValue, for host: DomainName) async throws {
        try await publishing.publish(value, at: try delegate(for: host), by: actor)
    }

    /// Withdraws all values for a name.
    ///
    /// - Throws: a ``Refusal``, or a ``StorageError``.
    package func withdraw(for host: DomainName) async throws {
        try await publishing.withdraw(at: try delegate(for: host), by: actor)
    }

    private func delegate(for host: DomainName) throws -> DomainName {
        guard let delegate = all.first(where: { $0.host == host.lowercased }) else { throw Refusal.noSuchDelegate }
        return delegate.name
    }
}

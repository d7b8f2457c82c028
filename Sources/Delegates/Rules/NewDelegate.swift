package import DNS

/// A delegate to be enrolled.
package struct NewDelegate: Hashable, Sendable {
    package var name: DomainName
    /// The first credential; `nil` for a delegate that is prepared.
    package var credential: Credential?
    /// The token whose holder can take the delegate over.
    package var preparedFor: OperatorLabel?
    /// The values that come with it from another server, oldest first, and when they were published there.
    package var imported: [ImportedValue]?
    /// The domains that it is for.
    package var domains: [DeclaredDomain]
    /// Whether this entry of an import brings one more credential for the delegate that the entry before it enrols, and nothing else.
    package private(set) var isFurtherCredential = false

    /// The network from which a stranger enrols it, and the number of delegates that the network may have; `nil` if that is not counted.
    package var origin: Origin?

    package struct Origin: Hashable, Sendable {
        package var network: IPNetwork
        package var maximum: Int

        package init(network: IPNetwork, maximum: Int) {
            self.network = network
            self.maximum = maximum
        }
    }

    package struct ImportedValue: Hashable, Sendable {
        package var value: ChallengeValue
        package var published: Timestamp

        package init(_ value: ChallengeValue, published: Timestamp) {
            self.value = value
            self.published = published
        }
    }

    package init(
        name: DomainName, credential: Credential? = nil, preparedFor: OperatorLabel? = nil, imported: [ImportedValue]? = nil,
        domains: [DeclaredDomain] = [], origin: Origin? = nil
    ) {
        self.name = name
        self.credential = credential
        self.preparedFor = preparedFor
        self.imported = imported
        self.domains = domains
        self.origin = origin
    }

    /// The place of a value that comes with the delegate, given the place of the enrolment.
    package func sequence(ofImported index: Int, enrolled: ChangeSequence) -> ChangeSequence {
        ChangeSequence(enrolled.number + UInt64(index) + 1)
    }
}

extension NewDelegate {
    /// The entries of an import for a delegate with several credentials. They are one for the rules, and must be in one call: all of them are
    /// enrolled or none is.
    ///
    /// - Parameters:
    ///   - credentials: credentials of the delegate. If there are more than the maximum, those are taken that were most recently used,
    ///     then the newest.
    ///   - values: the values that come with it, oldest first.
    package static func imported(
        name: DomainName, credentials: [Credential], maximum: Int, values: [ImportedValue]
    ) -> [NewDelegate] {
        func rank(_ credential: Credential) -> (Int64, Int64, UniqueID) {
            (
                credential.lastUse?.time.secondsSinceEpoch ?? .min, credential.created.secondsSinceEpoch, credential.username
            )
        }
        let taken = credentials.sorted { rank($0) > rank($1) }.prefix(maximum).sorted { left, right in
            (left.created, left.username) < (right.created, right.username)
        }
        let first = NewDelegate(name: name, credential: taken.first, imported: values)
        return [first]
            + taken.dropFirst().map { credential in
                var entry = NewDelegate(name: name, credential: credential)
                entry.isFurtherCredential = true
                return entry
            }
    }
}

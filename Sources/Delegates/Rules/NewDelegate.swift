package import DNS

/// A delegate as it begins.
package struct NewDelegate: Hashable, Sendable {
    package var name: DomainName
    /// Its first credential; nothing for one that is prepared.
    package var credential: Credential?
    /// The token whose holder can take it over.
    package var preparedFor: OperatorLabel?
    /// What comes with it from another server, the oldest first, and when it was published there.
    package var imported: [ImportedValue]?

    /// From which network a stranger enrols it, and how many delegates that network may have; `nil` if that is not counted.
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
        origin: Origin? = nil
    ) {
        self.name = name
        self.credential = credential
        self.preparedFor = preparedFor
        self.imported = imported
        self.origin = origin
    }

    /// The place of a value that comes with it, when its enrolment has that place.
    package func sequence(ofImported index: Int, enrolled: ChangeSequence) -> ChangeSequence {
        ChangeSequence(enrolled.number + UInt64(index) + 1)
    }
}

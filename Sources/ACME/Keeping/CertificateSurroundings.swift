package import DNS
package import FoundationEssentials

/// What the keeping of a certificate needs from the server around it.
package protocol CertificateSurroundings: Sendable {
    /// Publishes a challenge's value for a name, so that authorities see it when this returns. A value can be published again, after a
    /// restart for example.
    func publish(_ digest: ChallengeDigest, for name: HostName) async throws

    /// Takes a value back. It may be gone already, or never have been published.
    func withdraw(_ digest: ChallengeDigest, for name: HostName) async throws

    /// Looks for what would let an order fail, such as an absent CNAME or CAA records: authorities limit failed validations.
    ///
    /// - Returns: why the authority is not asked now, in words for an operator; `nil` if nothing is in the way.
    func obstacle(to order: OrderPlan) async -> String?

    /// A new certificate is kept durably, and is to be used from now on.
    func use(_ certificate: KeptCertificate) async

    /// Something happened that an operator can want to know.
    func report(_ event: KeepingEvent)
}

/// An order that is about to be made, or to be gone on with.
package struct OrderPlan: Hashable, Sendable {
    package var names: [HostName]
    /// The authority's names in CAA records; empty if it tells none.
    package var caaIdentities: [String]
    /// The account's URL, for CAA records that name accounts.
    package var account: String
}

/// The time, the passing of time, and chance.
package struct KeepingClock: Sendable {
    package var now: @Sendable () -> Date
    package var sleep: @Sendable (Duration) async throws -> Void
    /// A number from 0 to 1.
    package var random: @Sendable () -> Double

    package init(
        now: @escaping @Sendable () -> Date, sleep: @escaping @Sendable (Duration) async throws -> Void,
        random: @escaping @Sendable () -> Double
    ) {
        self.now = now
        self.sleep = sleep
        self.random = random
    }

    /// The system's.
    package static var system: KeepingClock {
        KeepingClock(now: { Date() }, sleep: { try await Task.sleep(for: $0) }, random: { Double.random(in: 0...1) })
    }
}

import FoundationEssentials

/// An order that is not finished, as it is stored: whatever step the process ends at, the next one goes on, or gives it up and takes back
/// what it published.
struct PendingOrder: Hashable, Sendable, Codable {
    var directory: String
    var account: String
    var order: String
    /// The names, in the settings' order.
    var names: [String]
    /// The key of the certificate to come, in PEM.
    var key: String
    /// What was published for validations, or was about to be.
    var values: [Value] = []
    /// The number of attempts that ended without a result.
    var interruptions = 0

    struct Value: Hashable, Sendable, Codable {
        var name: String
        var digest: ChallengeDigest
    }

    /// How often an order is gone on with. After that, a new one is made.
    static let maximumInterruptions = 5
}

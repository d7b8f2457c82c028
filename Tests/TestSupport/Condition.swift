/// A condition that did not come true in time.
package struct ConditionNotMet: Error, CustomStringConvertible {
    package var description: String
}

/// Waits until a condition holds, looking every ten milliseconds.
///
/// - Throws: ``ConditionNotMet`` after the limit.
package func waitUntil(
    _ what: String, within limit: Duration = Patience.limit, _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard .now < deadline else { throw ConditionNotMet(description: "not within \(limit): \(what)") }
        try await Task.sleep(for: .milliseconds(10))
    }
}

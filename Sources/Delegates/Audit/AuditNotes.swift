package import DNS

/// Writes events that change nothing else into the audit log: refused credentials, changes of signing keys, reloads of the configuration.
///
/// A caller does not wait for its entry: ``run()`` writes what was noted. Refusals are written only in part: otherwise strangers could
/// fill the storage with them.
package final class AuditNotes: Sendable {
    private let storage: any DelegateStorage
    private let clock: SteadyClock
    private let ofNetwork = PeriodLimit<IPNetwork?>(period: .seconds(60))
    private let ofAll = PeriodLimit<Bool>(period: .seconds(3600))
    /// The notes that wait. The limits above bound refusals, and operators act seldom.
    private let waiting: AsyncStream<Note>
    private let noted: AsyncStream<Note>.Continuation

    private struct Note: Sendable {
        var change: Change
        var actor: Actor
        var time: Timestamp
    }

    /// The number of refusals of one network (IPv4 /24, IPv6 /48) that are written in a minute.
    package static let maximumOfNetwork = 10
    /// The number of refusals of all networks that are written in an hour: at most 24,000 a day, so that strangers cannot push what matters
    /// out of a log that has a maximum.
    package static let maximumOfAll = 1000

    package init(storage: any DelegateStorage, clock: SteadyClock) {
        self.storage = storage
        self.clock = clock
        (waiting, noted) = AsyncStream.makeStream(of: Note.self)
    }

    // MARK: Writing

    /// Writes what is noted until ``finish()`` is called, and what was noted before that. To be called once.
    package func run() async {
        for await note in waiting {
            // Trouble with the storage is reported elsewhere.
            _ = try? await storage.commit(note.change, by: note.actor, at: note.time)
        }
    }

    /// What is noted from now on is not written.
    package func finish() { noted.finish() }

    // MARK: Noting

    /// Why a credential was not accepted. The client is never told.
    package enum Reason: String, Sendable {
        case unknownKey = "unknown key"
        case wrongSecret = "wrong secret"
        case otherDelegate = "another delegate"
        case expired
        case address
        case disabled
        case token = "registration token"
        case operatorToken = "operator token"
    }

    /// - Parameter credential: the credential that was meant; `nil` if there is none.
    package func refused(_ reason: Reason, of credential: HeldCredential?, from address: IPAddress?) {
        let now = clock.now
        guard ofNetwork.count(address.map { IPNetwork(partyOf: $0) }, maximum: Self.maximumOfNetwork, now: now) == nil,
            ofAll.count(true, maximum: Self.maximumOfAll, now: now) == nil
        else { return }
        let detail = reason.rawValue + (credential.map { ", key \($0.username)" } ?? "")
        write(.note(.refused, delegate: credential?.delegate, detail: detail), by: Actor(.visitor, from: address), at: now)
    }

    package func configurationReloaded() {
        write(.note(.configurationReloaded, delegate: nil, detail: nil), by: Actor(.operator, from: nil), at: clock.now)
    }

    /// Notes that an operator began, turned back or confirmed a change of a zone's keys.
    package func keysChanged(of zone: DomainName, stage: String) {
        write(
            .note(.signingKeysChanged, delegate: nil, detail: "\(zone.withoutFinalDot) \(stage)"),
            by: Actor(.operator, from: nil), at: clock.now)
    }

    private func write(_ note: Change, by actor: Actor, at now: Timestamp) {
        noted.yield(Note(change: note, actor: actor, time: now))
    }
}

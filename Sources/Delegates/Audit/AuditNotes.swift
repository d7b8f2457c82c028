package import DNS

/// Writes into the audit log what changes nothing else: who was refused, and that the configuration was read anew.
///
/// Nobody waits for it, and refusals are written in part only: whoever could fill the storage with them would.
package final class AuditNotes: Sendable {
    private let storage: any DelegateStorage
    private let clock: SteadyClock
    private let ofNetwork = PeriodLimit<IPNetwork?>(period: .seconds(60))
    private let ofAll = PeriodLimit<Bool>(period: .seconds(3600))

    /// So many refusals of one network (IPv4 /24, IPv6 /48) are written in a minute.
    package static let maximumOfNetwork = 10
    /// So many of all together are written in an hour: at most 24,000 a day, so that strangers cannot push what matters out of a log that
    /// has a maximum.
    package static let maximumOfAll = 1000

    package init(storage: any DelegateStorage, clock: SteadyClock) {
        self.storage = storage
        self.clock = clock
    }

    /// Why a credential was not taken. Its client is never told.
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

    /// - Parameter credential: the one that was meant, if there is such a one.
    package func refused(_ reason: Reason, of credential: Credential?, from address: IPAddress?) {
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

    /// An operator began, turned back or confirmed a change of a zone's keys.
    package func keysChanged(of zone: DomainName, stage: String) {
        write(
            .note(.signingKeysChanged, delegate: nil, detail: "\(zone.withoutFinalDot) \(stage)"),
            by: Actor(.operator, from: nil), at: clock.now)
    }

    private func write(_ note: Change, by actor: Actor, at now: Timestamp) {
        Task { [storage] in
            // If the storage is in trouble, that is told elsewhere.
            _ = try? await storage.commit(note, by: actor, at: now)
        }
    }
}

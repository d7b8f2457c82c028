import DNS
import Delegates
import TestSupport
import Testing

/// The contract of every storage for rotations: a new key takes the place of the others.
struct RotationContractTests: StorageContract {
    @Test(arguments: StorageKind.allCases)
    func `rotation lets the others end, after the overlap or at once`(_ kind: StorageKind) async throws {
        let name = try name("a")
        let (old, next, last) = (
            credential(.delegate(name)), credential(.delegate(name)), credential(.delegate(name), label: "last")
        )
        let end = Samples.start.advanced(by: .seconds(100))
        try await kind.withStorage { storage in
            try await storage.commit(.enrol(with: old.credential), at: Samples.start)
            try await storage.commit(.rotate(next.credential, othersEnd: end, maximum: 2), at: Samples.start)
            #expect(try await storage.credential(of: old.username)?.expires == end)
            #expect(try await storage.credential(of: next.username)?.expires == nil)
            try await storage.commit(.rotate(last.credential, othersEnd: Samples.start, maximum: 2), at: Samples.start)
            #expect(try await storage.credentials(of: .delegate(name)).map(\.username) == [last.username])
            let events = try await storage.history(of: name, before: nil, maximum: 9).map(\.event).filter {
                $0.kind != .enrolled
            }
            #expect(events.map(\.kind) == [.keyEnded, .keyEnded, .keyMade, .keyChanged, .keyMade])
            #expect(events[3].detail == "\(old.username), ends in 100 s")
        }
    }

    @Test(arguments: StorageKind.allCases)
    func `what rotation lets go on is what is in use`(_ kind: StorageKind) async throws {
        let name = try name("a")
        let keys = (0..<4).map { _ in credential(.delegate(name)) }
        let end = Samples.start.advanced(by: .seconds(1000))
        try await kind.withStorage { storage in
            try await storage.commit(.enrol(with: keys[0].credential), at: Samples.start)
            for key in keys[1...2] { try await storage.commit(.addCredential(key.credential, maximum: 3), at: Samples.start) }
            for (index, key) in keys[0...1].enumerated() {
                try await storage.commit(
                    .publish(Samples.value(index), delegate: name), by: Actor(.credential(key.username), from: nil),
                    at: Samples.start.advanced(by: .seconds(100 * index)))
            }
            let now = Samples.start.advanced(by: .seconds(200))
            try await storage.commit(.rotate(keys[3].credential, othersEnd: end, maximum: 3), at: now)
            let left = try await storage.credentials(of: .delegate(name))
            #expect(left.map(\.username) == [keys[0].username, keys[1].username, keys[3].username])
            #expect(left.map(\.expires) == [end, end, nil])
            try await storage.commit(.rotate(keys[2].credential, othersEnd: end, maximum: 2), at: now)
            // A key that was already replaced goes first.
            #expect(
                try await storage.credentials(of: .delegate(name)).map(\.username) == [keys[3].username, keys[2].username])
        }
    }

    @Test(arguments: StorageKind.allCases)
    func `a key made by rotation may do what the newest good one may at that moment`(
        _ kind: StorageKind
    ) async throws {
        let name = try name("a")
        let networks = try AllowedNetworks(["192.0.2.0/24"])
        let (good, expired, next) = (
            credential(.delegate(name), label: "web 1"), credential(.delegate(name)), credential(.delegate(name))
        )
        let later = Samples.start.advanced(by: .seconds(10))
        try await kind.withStorage { storage in
            try await storage.commit(.enrol(with: good.credential), at: Samples.start)
            try await storage.commit(.addCredential(expired.credential, maximum: 2), at: Samples.start)
            try await storage.commit(
                .editCredential(expired.username, CredentialEdit(expires: .some(later))), at: Samples.start)
            try await storage.commit(
                .editCredential(good.username, CredentialEdit(allowedNetworks: networks)), at: Samples.start)
            let made = try await storage.commit(
                .rotate(next.credential, othersEnd: later, maximum: 2), by: Actor(.operator, from: nil), at: later
            )
            let kept = try #require(try await storage.credential(of: next.username))
            #expect(kept.allowedNetworks == networks && kept.label == "web 1")
            guard case .rotate(let told, _, _) = made.change else {
                Issue.record("another change was made: \(made)")
                return
            }
            #expect(told == kept)
        }
    }

    @Test(arguments: StorageKind.allCases)
    func `rotated again and again there are two keys, the newest of which goes on`(
        _ kind: StorageKind
    ) async throws {
        let name = try name("a")
        let keys = (0..<5).map { _ in credential(.delegate(name)) }
        let end = Samples.start.advanced(by: .seconds(100))
        try await kind.withStorage { storage in
            try await storage.commit(.enrol(with: keys[0].credential), at: Samples.start)
            for key in keys.dropFirst() {
                try await storage.commit(.rotate(key.credential, othersEnd: end, maximum: 2), at: Samples.start)
            }
            let left = try await storage.credentials(of: .delegate(name))
            #expect(left.map(\.username) == [keys[3].username, keys[4].username] && left.map(\.expires) == [end, nil])
            // Credentials that have expired can all be revoked.
            try await storage.commit(
                .editCredential(keys[4].username, CredentialEdit(expires: .some(end))), at: Samples.start)
            for key in keys.suffix(2) { try await storage.commit(.revokeCredential(key.username), at: end) }
            #expect(try await storage.credentials(of: .delegate(name)) == [])
        }
    }

    @Test(arguments: StorageKind.allCases)
    func `a rotation to a user name that is taken ends no key`(_ kind: StorageKind) async throws {
        let (one, other) = (credential(.delegate(try name("a"))), credential(.delegate(try name("b"))))
        try await kind.withStorage { storage in
            for key in [one, other] { try await storage.commit(.enrol(with: key.credential), at: Samples.start) }
            var taken = one.credential
            taken.scope = other.credential.scope
            await #expect(throws: Refusal.usernameTaken) {
                try await storage.commit(.rotate(taken, othersEnd: Samples.start, maximum: 2), at: Samples.start)
            }
            #expect(try await storage.credentials(of: other.credential.scope) == [other.credential])
            #expect(try await storage.credentials(of: one.credential.scope) == [one.credential])
        }
    }
}

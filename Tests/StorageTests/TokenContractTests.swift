import DNS
import Delegates
import TestSupport
import Testing

/// The contract of every storage: registration tokens, and the delegates that are prepared for them.
struct TokenContractTests: StorageContract {
    private func token(
        _ label: String, quota: Int? = nil, expires: Timestamp? = nil
    ) throws -> RegistrationToken {
        return RegistrationToken(
            label: try OperatorLabel(label), digest: APIKey.random().digest, created: Samples.start,
            expires: expires, quota: quota)
    }

    @Test(arguments: StorageKind.allCases)
    func `a token enrols as often as it may, until it ends or is revoked`(_ kind: StorageKind) async throws {
        let end = Samples.start.advanced(by: .seconds(10))
        let (few, short, gone) = (try token("few", quota: 2), try token("short", expires: end), try token("gone"))
        try await kind.withStorage { storage in
            for token in [few, short, gone] { try await storage.commit(.makeToken(token), at: Samples.start) }
            await #expect(throws: Refusal.tokenTaken) { try await storage.commit(.makeToken(few), at: Samples.start) }
            #expect(try await storage.token(with: few.digest) == few)
            func enrol(_ label: String, _ token: RegistrationToken, at time: Timestamp = Samples.start) async throws {
                try await storage.commit(
                    .enrol(with: credential(.delegate(try name(label))).credential),
                    by: Actor(.token(token.label), from: Samples.client), at: time)
            }
            try await enrol("a", few)
            await #expect(throws: Refusal.nameTaken) { try await enrol("a", few) }
            try await enrol("b", few)
            await #expect(throws: Refusal.registrationTokenUsedUp) { try await enrol("c", few) }
            #expect(try await storage.token(with: few.digest)?.used == 2)
            try await enrol("d", short)
            await #expect(throws: Refusal.notAllowed) { try await enrol("e", short, at: end) }
            try await enrol("f", gone)
            try await storage.commit(.revokeToken(gone.label), at: Samples.start)
            await #expect(throws: Refusal.notAllowed) { try await enrol("g", gone) }
            await #expect(throws: Refusal.notAllowed) { try await enrol("h", token("unknown")) }
            let tokens = try await storage.tokens()
            #expect(tokens.map { $0.state(at: end) } == [.usedUp, .revoked, .expired])
            #expect(tokens.map(\.used) == [2, 1, 1])
        }
    }

    /// - Returns: The delegate that was taken over.
    private func claim(_ storage: any DelegateStorage, _ token: RegistrationToken) async throws -> DomainName? {
        let key = credential(.delegate(try name("anything")))
        let actor = Actor(.token(token.label), from: nil)
        let made = try await storage.commit(.claim(key.credential), by: actor, at: Samples.start)
        guard case .claim(let claimed, _) = made.change else { return nil }
        #expect(try await storage.credential(of: key.username) == claimed)
        return claimed.delegate
    }

    @Test(arguments: StorageKind.allCases)
    func `what was prepared for a token is taken over once, by that token alone`(
        _ kind: StorageKind
    ) async throws {
        let (mine, other) = (try token("mine", quota: 2), try token("other"))
        let (first, second) = (try name("z"), try name("y"))
        try await kind.withStorage { storage in
            await #expect(throws: Refusal.noSuchToken) {
                try await storage.commit(.enrol(NewDelegate(name: first, preparedFor: mine.label)), at: Samples.start)
            }
            for token in [mine, other] { try await storage.commit(.makeToken(token), at: Samples.start) }
            for name in [first, second] {
                try await storage.commit(.enrol(NewDelegate(name: name, preparedFor: mine.label)), at: Samples.start)
            }
            #expect(try await storage.delegate(first)?.state == .prepared)
            await #expect(throws: Refusal.nothingPrepared) { try await claim(storage, other) }
            #expect(try await claim(storage, mine) == first)
            #expect(try await storage.delegate(first)?.state == .unused)
            let events = try await storage.history(of: first, before: nil, maximum: 1).map(\.event)
            #expect(events.map(\.kind) == [.keyMade] && events.map(\.actor) == ["token mine"])
            try await storage.commit(.disable(delegate: second), at: Samples.start)
            await #expect(throws: Refusal.nothingPrepared) { try await claim(storage, mine) }
            // A delegate that has got a key by other means is no longer kept for the token.
            try await storage.commit(.enable(delegate: second), at: Samples.start)
            try await storage.commit(
                .rotate(credential(.delegate(second)).credential, othersEnd: Samples.start, maximum: 2), at: Samples.start)
            await #expect(throws: Refusal.nothingPrepared) { try await claim(storage, mine) }
            try await storage.commit(.revokeToken(mine.label), at: Samples.start)
            await #expect(throws: Refusal.noSuchToken) {
                try await storage.commit(.enrol(NewDelegate(name: try name("x"), preparedFor: mine.label)), at: Samples.start)
            }
            #expect(try await storage.token(with: mine.digest)?.used == 1)
        }
    }
}

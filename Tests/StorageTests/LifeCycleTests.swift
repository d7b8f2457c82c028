import DNS
import Delegates
import Foundation
import SQLiteStorage
import TestSupport
import Testing

/// Random lives of delegates, in a file and in a model as plain as possible, which must always agree.
struct LifeCycleTests {
    private enum Step: CaseIterable {
        case enrol, prepare, importDelegate, publish, publishAgain, withdraw, disable, enable, delete, expire, addCredential,
            claim,
            rotate, revokeCredential, editCredential, keepDigest, declareDomain, declareAnother, removeDomain, recordCheck,
            makeGroup, deleteGroup, addMember, removeMember, makeToken,
            revokeToken, wait, restart, backup, restore
    }

    /// The state of the world so far.
    private struct World {
        var generator: SeededGenerator
        var now = Samples.start
        var names: [DomainName] = []
        var usernames: [UniqueID] = []
        /// Those of keys that only the storage can check at first.
        var slow: Set<UniqueID> = []
        let labels: [OperatorLabel]
        let domains: [DeclaredDomain]

        init(seed: UInt64) throws {
            generator = SeededGenerator(seed: seed)
            labels = try ["one", "two"].map { try OperatorLabel($0) }
            domains = try (0..<4).map { try DeclaredDomain("d\($0).example") }
            names = try (0..<6).map { try DomainName("d\($0).d.example") }
        }

        mutating func name() -> DomainName { names[Int.random(in: 0..<names.count, using: &generator)] }

        mutating func label() -> OperatorLabel { labels[Int.random(in: 0..<labels.count, using: &generator)] }

        mutating func value() -> ChallengeValue { Samples.value(Int.random(in: 0..<70, using: &generator)) }

        /// - Parameter scope: `nil` for a random delegate or group.
        mutating func credential(of scope: Credential.Scope? = nil) -> Credential {
            let username = UniqueID(using: &generator)
            usernames.append(username)
            let isOfGroup = Int.random(in: 0..<4, using: &generator) == 0
            return Credential(
                username: username, check: .digest(APIKey(using: &generator).digest),
                scope: scope ?? (isOfGroup ? .group(label()) : .delegate(name())), label: "\(usernames.count)",
                allowedNetworks: .all, created: now,
                expires: Bool.random(using: &generator) ? now.advanced(by: .seconds(600)) : nil)
        }

        mutating func username() -> UniqueID {
            usernames.randomElement(using: &generator) ?? UniqueID(using: &generator)
        }

        mutating func domain() -> DeclaredDomain { domains[Int.random(in: 0..<domains.count, using: &generator)] }

        mutating func someDomains() -> [DeclaredDomain] {
            let first = domain()
            return Bool.random(using: &generator) ? [first] : []
        }

        mutating func check() -> DomainCheck {
            let verdict = DomainCheck.Verdict.allCases.randomElement(using: &generator) ?? .ok
            let finding = DomainCheck.Finding(check: "cname", status: .error)
            return DomainCheck(
                verdict, leadsHere: [true, false, nil].randomElement(using: &generator) ?? nil,
                findings: verdict == .error ? [finding].compactMap(\.self) : [])
        }

        mutating func imported() -> NewDelegate {
            let name = name()
            var credential = credential(of: .delegate(name))
            credential.check = .bcrypt(Samples.bcryptHash)
            slow.insert(credential.username)
            let values = (0..<Int.random(in: 0...2, using: &generator)).map { index in
                NewDelegate.ImportedValue(Samples.value(80 + index), published: now.advanced(by: .seconds(-60)))
            }
            return NewDelegate(name: name, credential: credential, imported: values)
        }

        mutating func change(_ step: Step) -> Change? {
            switch step {
            case .enrol:
                let name = name()
                return .enrol(NewDelegate(name: name, credential: credential(of: .delegate(name)), domains: someDomains()))
            case .prepare:
                return .enrol(NewDelegate(name: name(), preparedFor: Bool.random(using: &generator) ? label() : nil))
            case .importDelegate: return .enrol(imported())
            case .publish, .publishAgain: return .publish(value(), delegate: name())
            case .withdraw: return .withdraw(delegate: name())
            case .disable: return .disable(delegate: name())
            case .enable: return .enable(delegate: name())
            // Rarely, so that something is left.
            case .delete: return Int.random(in: 0..<6, using: &generator) == 0 ? .delete(delegate: name()) : nil
            case .expire:
                guard Int.random(in: 0..<4, using: &generator) == 0 else { return nil }
                return .expire(delegate: name(), enrolledBefore: now.advanced(by: .seconds(-300)))
            case .addCredential: return .addCredential(credential(), maximum: 2)
            case .claim: return .claim(credential(of: .delegate(name())), domains: someDomains())
            case .rotate:
                return .rotate(
                    credential(), othersEnd: now.advanced(by: .seconds(Int.random(in: 0...1, using: &generator) * 300)),
                    maximum: Int.random(in: 2...3, using: &generator))
            case .revokeCredential: return .revokeCredential(username())
            case .editCredential:
                return .editCredential(
                    username(),
                    CredentialEdit(
                        label: Bool.random(using: &generator) ? "edited" : nil,
                        expires: Bool.random(using: &generator) ? .some(now.advanced(by: .seconds(60))) : nil))
            case .keepDigest: return .keepDigest(APIKey(using: &generator).digest, of: username())
            case .declareDomain, .declareAnother: return .declareDomain(domain(), delegate: name())
            case .removeDomain: return .removeDomain(domain(), delegate: name())
            case .recordCheck: return .recordCheck(check(), of: domain(), delegate: name())
            case .makeGroup: return .makeGroup(label())
            case .deleteGroup: return Int.random(in: 0..<4, using: &generator) == 0 ? .deleteGroup(label()) : nil
            case .addMember: return .addMember(name(), group: label())
            case .removeMember: return .removeMember(name(), group: label())
            case .makeToken:
                return .makeToken(
                    RegistrationToken(
                        label: label(), digest: APIKey(using: &generator).digest, created: now,
                        expires: Bool.random(using: &generator) ? now.advanced(by: .seconds(3000)) : nil,
                        quota: Bool.random(using: &generator) ? 2 : nil))
            case .revokeToken: return Int.random(in: 0..<6, using: &generator) == 0 ? .revokeToken(label()) : nil
            case .wait, .restart, .backup, .restore: return nil
            }
        }

        mutating func actor() -> Actor {
            let address = IPAddress("192.0.\(Int.random(in: 0..<4, using: &generator)).1")
            return switch Int.random(in: 0..<6, using: &generator) {
            case 0, 1: Actor(.credential(username()), from: address)
            case 2: Actor(.token(label()), from: address)
            case 3: Actor(.operator, from: nil)
            default: Actor(.server, from: nil)
            }
        }
    }

    private func apply(
        _ change: Change, by actor: Actor, at time: Timestamp, to storage: any DelegateStorage
    ) async throws -> Refusal? {
        do {
            try await storage.commit(change, by: actor, at: time)
            return nil
        } catch let refusal as Refusal {
            return refusal
        }
    }

    /// The DNS answers and the rights of each credential are the model's, in the running server and in one that starts now.
    private func compare(
        _ storage: any DelegateStorage, _ running: DelegateTable, _ runningCredentials: CredentialTable,
        with model: MemoryStorage, _ world: World
    ) async throws {
        let modelTable = DelegateTable()
        let started = DelegateTable()
        try await model.load(into: modelTable, now: world.now)
        try await storage.load(into: started, now: world.now)
        let startedCredentials = CredentialTable(delegates: started)
        try await storage.load(into: startedCredentials)
        for name in world.names {
            let expected = modelTable.values(at: name, now: world.now)
            #expect(running.values(at: name, now: world.now) == expected)
            #expect(started.values(at: name, now: world.now) == expected)
            #expect(try await storage.credentials(of: .delegate(name)) == model.credentials(of: .delegate(name)))
            #expect(try await storage.delegate(name) == model.delegate(name))
            #expect(
                try await storage.history(of: name, before: nil, maximum: 20)
                    == model.history(of: name, before: nil, maximum: 20))
        }
        for label in world.labels {
            #expect(try await storage.members(of: label) == model.members(of: label))
            for name in world.names {
                let text = String(decoding: Array(name.labels[0]), as: UTF8.self)
                let expected =
                    try await model.member(text, of: label).map { CredentialTable.Membership.member($0) } ?? .noMember
                for table in [runningCredentials, startedCredentials] { #expect(table.member(text, of: label) == expected) }
            }
            #expect(try await storage.credentials(of: .group(label)) == model.credentials(of: .group(label)))
        }
        #expect(try await storage.groups() == model.groups())
        #expect(try await storage.tokens() == model.tokens())
        #expect(
            try await storage.delegates(DelegateFilter(), after: nil, maximum: 4)
                == model.delegates(DelegateFilter(), after: nil, maximum: 4))
        #expect(
            try await Set(storage.unusedDelegates(enrolledBefore: world.now, maximum: 9))
                == Set(model.unusedDelegates(enrolledBefore: world.now, maximum: 9)))
        #expect(try await storage.domains(of: world.names) == model.domains(of: world.names))
        #expect(try await storage.domainCounts() == model.domainCounts())
        let due = world.now.advanced(by: .seconds(-600))
        #expect(
            try await Set(storage.domainsDue(lookedAtBefore: due, maximum: 99))
                == Set(model.domainsDue(lookedAtBefore: due, maximum: 99)))
        for state in DomainState.allCases {
            let filter = DomainFilter(state: state)
            #expect(
                try await storage.domains(filter, after: nil, maximum: 3) == model.domains(filter, after: nil, maximum: 3))
        }
        for username in world.usernames {
            let expected = try await model.credential(of: username)
            #expect(try await storage.credential(of: username) == expected)
            for table in [runningCredentials, startedCredentials] {
                let found = table.find(username)
                // The table does not know whose a slow key was, and leaves it to the storage that it is gone with its delegate.
                if found == .uncertain, expected == nil, world.slow.contains(username) { continue }
                #expect(found == CredentialTable.Finding(expected))
            }
        }
    }

    @Test(arguments: 1...8)
    func `whatever happens, the file and the model agree`(seed: UInt64) async throws {
        try await withTemporaryFolder { folder in
            var world = try World(seed: seed)
            let model = MemoryStorage()
            var backup: MemoryTables?
            var isOver = false
            var steps = 0
            let (file, copy) = (folder.appending(path: "nuncio.db").path, folder.appending(path: "backup.db").path)
            while !isOver {
                var restores = false
                try await withSQLite(in: folder) { storage in
                    let table = DelegateTable()
                    let credentials = CredentialTable(delegates: table)
                    let followed = try await FeedModel(storage, names: world.names, usernames: world.usernames)
                    storage.follow { entry in
                        // Nothing is signed.
                        table.apply(entry, now: Samples.start)
                        credentials.apply(entry)
                        followed.apply(entry)
                    }
                    try await storage.load(into: table, now: world.now)
                    #expect(try await storage.load(into: credentials))
                    while true {
                        steps += 1
                        guard steps <= 600, let step = Step.allCases.randomElement(using: &world.generator) else {
                            isOver = true
                            break
                        }
                        restores = step == .restore && backup != nil
                        if step == .restart || restores { break }
                        if step == .backup {
                            _ = try StorageBackup.write(of: file, to: copy) { _, _ in }
                            backup = model.snapshot
                        }
                        if step == .wait {
                            world.now = world.now.advanced(by: .seconds(Int.random(in: 0...900, using: &world.generator)))
                        }
                        guard let change = world.change(step) else { continue }
                        let actor = world.actor()
                        let before = model.snapshot
                        let one = try await apply(change, by: actor, at: world.now, to: storage)
                        let other = try await apply(change, by: actor, at: world.now, to: model)
                        if other != nil { #expect(model.snapshot == before, "seed \(seed): a refusal wrote something") }
                        #expect(one == other, "seed \(seed), step \(steps): \(change)")
                        guard steps % 10 == 0 else { continue }
                        try await compare(storage, table, credentials, with: model, world)
                        try await followed.compare(with: storage, usernames: world.usernames)
                    }
                    try await compare(storage, table, credentials, with: model, world)
                    try await followed.compare(with: storage, usernames: world.usernames)
                    guard case .whole = try await storage.verifyAuditLog() else {
                        Issue.record("the audit log is not whole")
                        return
                    }
                }
                if restores, let backup {
                    _ = try StorageRestore.restore(copy, to: file, existing: .replace, now: world.now) { _, _ in }
                    model.restore(backup, now: world.now)
                }
            }
        }
    }
}

extension CredentialTable.Finding {
    /// What a table says that has taken all changes.
    fileprivate init(_ credential: Credential?) {
        guard let credential else {
            self = .unknown
            return
        }
        if case .bcrypt = credential.check { self = .uncertain } else { self = .known(HeldCredential(credential)) }
    }
}

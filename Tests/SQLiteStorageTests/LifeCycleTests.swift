import DNS
import Delegates
import Foundation
import SQLiteStorage
import TestSupport
import Testing

/// Random lives of delegates, in a file and in a model that is as plain as can be, which must always agree.
struct LifeCycleTests {
    private enum Step: CaseIterable {
        case enrol, publish, withdraw, delete, addCredential, revokeCredential, editCredential, wait, restart
    }

    /// What is known of the world so far.
    private struct World {
        var generator: SeededGenerator
        var now = Samples.start
        var names: [DomainName] = []
        var usernames: [UniqueID] = []

        init(seed: UInt64) throws {
            generator = SeededGenerator(seed: seed)
            names = try (0..<6).map { try DomainName("d\($0).d.example") }
        }

        mutating func name() -> DomainName { names[Int.random(in: 0..<names.count, using: &generator)] }

        mutating func credential() -> Credential {
            let username = UniqueID(using: &generator)
            usernames.append(username)
            return Credential(
                username: username, keyDigest: APIKey(using: &generator).digest, delegate: name(), label: "\(usernames.count)",
                allowedNetworks: .all, created: now,
                expires: Bool.random(using: &generator) ? now.advanced(by: .seconds(600)) : nil)
        }

        mutating func username() -> UniqueID {
            usernames.randomElement(using: &generator) ?? UniqueID(using: &generator)
        }

        mutating func change(_ step: Step) -> Change? {
            switch step {
            case .enrol: .enrol(credential())
            case .publish: .publish(Samples.value(Int.random(in: 0..<70, using: &generator)), delegate: name())
            case .withdraw: .withdraw(delegate: name())
            // So that there is something left.
            case .delete: Int.random(in: 0..<4, using: &generator) == 0 ? .delete(delegate: name()) : nil
            case .addCredential: .addCredential(credential(), maximum: 2)
            case .revokeCredential: .revokeCredential(username())
            case .editCredential:
                .editCredential(
                    username(),
                    CredentialEdit(
                        label: Bool.random(using: &generator) ? "edited" : nil,
                        expires: Bool.random(using: &generator) ? .some(now.advanced(by: .seconds(60))) : nil))
            case .wait, .restart: nil
            }
        }

        mutating func actor() -> Actor {
            guard Bool.random(using: &generator) else { return Actor(.server, from: nil) }
            return Actor(.credential(username()), from: IPAddress("192.0.\(Int.random(in: 0..<4, using: &generator)).1"))
        }
    }

    private func apply(
        _ change: Change, by actor: Actor, at time: Timestamp, to storage: any DelegateStorage, _ table: DelegateTable
    ) async -> StorageError? {
        do {
            try await storage.commit(change, by: actor, at: time) { sequence in
                switch change {
                case .enrol(let credential): table.enrol(credential.delegate, sequence: sequence)
                case .publish(let value, let name):
                    table.publish(value, at: name, sequence: sequence, published: time, now: time)
                case .withdraw(let name), .delete(let name): table.withdraw(name, sequence: sequence, now: time)
                default: table.advance(to: sequence)
                }
            }
            return nil
        } catch {
            return error
        }
    }

    /// The DNS answers and what each credential may do are the model's: those of the running server, and those of one that starts now.
    private func compare(
        _ storage: any DelegateStorage, _ running: DelegateTable, with model: MemoryStorage, _ world: World
    ) async throws {
        let modelTable = DelegateTable()
        let started = DelegateTable()
        try await model.load(into: modelTable, now: world.now)
        try await storage.load(into: started, now: world.now)
        for name in world.names {
            let expected = modelTable.values(at: name, now: world.now)
            #expect(running.values(at: name, now: world.now) == expected)
            #expect(started.values(at: name, now: world.now) == expected)
            #expect(try await storage.credentials(of: name) == model.credentials(of: name))
            #expect(try await storage.enrolmentTime(of: name) == model.enrolmentTime(of: name))
            #expect(
                try await storage.history(of: name, before: nil, maximum: 20)
                    == model.history(of: name, before: nil, maximum: 20))
        }
        for username in world.usernames {
            #expect(try await storage.credential(of: username) == model.credential(of: username))
        }
    }

    @Test(arguments: 1...8)
    func `whatever happens, the file and the model agree`(seed: UInt64) async throws {
        try await withTemporaryFolder { folder in
            var world = try World(seed: seed)
            let model = MemoryStorage()
            var isOver = false
            var steps = 0
            while !isOver {
                try await withSQLite(in: folder) { storage in
                    let table = DelegateTable()
                    try await storage.load(into: table, now: world.now)
                    while true {
                        steps += 1
                        guard steps <= 400, let step = Step.allCases.randomElement(using: &world.generator) else {
                            isOver = true
                            break
                        }
                        if step == .restart { break }
                        if step == .wait {
                            world.now = world.now.advanced(by: .seconds(Int.random(in: 0...900, using: &world.generator)))
                        }
                        guard let change = world.change(step) else { continue }
                        let actor = world.actor()
                        let one = await apply(change, by: actor, at: world.now, to: storage, table)
                        let other = await apply(change, by: actor, at: world.now, to: model, DelegateTable())
                        #expect(one == other, "seed \(seed), step \(steps): \(change)")
                        if steps % 10 == 0 { try await compare(storage, table, with: model, world) }
                    }
                    try await compare(storage, table, with: model, world)
                    guard case .whole = try await storage.verifyAuditLog() else {
                        Issue.record("the audit log is not whole")
                        return
                    }
                }
            }
        }
    }
}

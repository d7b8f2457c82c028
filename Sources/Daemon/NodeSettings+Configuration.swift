import Authority
import CClock
import DNS
import DNSClient
import Delegates
import PostgreSQLStorage
import Sockets

extension Configuration {
    /// The gate for DNS answers of a node that shares its storage; `nil` if the storage is this server's alone.
    var answerGate: AnswerGate? {
        guard storage.isShared else { return nil }
        let began = boot_nanoseconds()
        return AnswerGate { boot_nanoseconds() &- began }
    }

    /// This server as a node, with the table that it answers from; `nil` if the storage is this server's alone.
    func nodeSettings(
        for table: DelegateTable, _ credentials: CredentialTable, _ secrets: SharedSecrets?, version: String,
        clocks: Server.Clocks
    ) -> NodeSettings? {
        guard let gate = table.gate else { return nil }
        let clock = clocks.steady
        return NodeSettings(
            name: node.name, version: version, started: clock.now, address: node.address?.description ?? "",
            lease: node.lease, gate: gate, clock: clocks.database, ask: { await askPlace(of: $0) },
            shown: { table.sequence.number },
            reload: { storage throws(StorageError) in
                let place = try await storage.load(into: table, now: clock.now)
                try await storage.load(into: credentials)
                try await secrets?.load(from: storage)
                if let failure = secrets?.failure { throw .unavailable(failure.description) }
                return place
            })
    }
}

/// Asks another node's name server for the last change that it shows.
private func askPlace(of address: String) async -> PeerAnswer {
    guard let server = Endpoint(address) else { return .silent }
    var bounds = NameserverClient.Bounds()
    bounds.tryTime = .milliseconds(400)
    bounds.totalTime = .milliseconds(450)
    bounds.datagramTries = 1
    let question = Question(name: Responder.placeName, type: .txt, class: .chaos)
    do throws(ServerFailure) {
        let response = try await NameserverClient(bounds: bounds)
            .ask(OutgoingQuery(question, isRecursionDesired: false, edns: nil), of: server)
        // One character-string: its length comes first.
        guard let data = response.message.answers.first?.data,
            let number = UInt64(String(decoding: response.message.octets[data].dropFirst(), as: UTF8.self))
        else { return .silent }
        return .shows(number)
    } catch {
        // Its host says so. A network that says that there is no way to it does not.
        if case .unreachable(let cause) = error.reason, cause.lowercased().contains("refused") { return .absent }
        return .silent
    }
}

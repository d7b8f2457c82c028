import DNS
import Delegates
import Nameserver
import Sockets
import TestSupport
import Testing

struct TCPListenerTests {
    @Test func `many queries in one piece are all answered`() async throws {
        try await RunningNameserver.run { server in
            try server.publish(1...2)
            try await onThread { () throws in
                let connection = try server.client.openTCP()
                try connection.send((0..<500).flatMap { TCPConnection.framed(try RunningNameserver.query($0)) })
                var seen: Set<UInt16> = []
                for _ in 0..<500 {
                    let response = try ParsedMessage(try connection.receiveMessage())
                    #expect(response.texts.count == 2)
                    seen.insert(response.header.identifier)
                }
                #expect(seen.count == 500)
            }
        }
    }

    @Test func `a query in single octets is answered, and so is the next`() async throws {
        try await RunningNameserver.run { server in
            try await onThread { () throws in
                let connection = try server.client.openTCP()
                for identifier in 1...2 {
                    for octet in TCPConnection.framed(try RunningNameserver.query(identifier)) { try connection.send([octet]) }
                    #expect(try ParsedMessage(try connection.receiveMessage()).header.identifier == UInt16(identifier))
                }
            }
        }
    }

    @Test func `a client that has finished sending still gets its responses`() async throws {
        try await RunningNameserver.run { server in
            try server.publish(1...60)
            try await onThread { () throws in
                let connection = try server.client.openTCP()
                try connection.send((0..<200).flatMap { TCPConnection.framed(try RunningNameserver.query($0)) })
                connection.finish()
                for _ in 0..<200 { #expect(try ParsedMessage(try connection.receiveMessage()).texts.count == 60) }
                #expect(try connection.receiveSome() == nil)
            }
        }
    }

    /// A message that fills one read, and the end right after it: closing in the middle of that read was fatal.
    @Test(arguments: [2046, 2048, 4096])
    func `a message that is no query ends the connection, behind the responses to those before it`(length: Int) async throws {
        try await RunningNameserver.run { server in
            try await onThread { () throws in
                for _ in 0..<50 {
                    let connection = try server.client.openTCP()
                    let query = TCPConnection.framed(try RunningNameserver.query())
                    var nonsense = [UInt8](repeating: 0, count: length - query.count - 2)
                    nonsense[2] = 0x80
                    try connection.send(query + TCPConnection.framed(nonsense))
                    connection.finish()
                    #expect(try ParsedMessage(try connection.receiveMessage()).responseCode == .noError)
                    #expect(try connection.receiveSome() == nil)
                }
            }
        }
    }

    @Test func `a zone is sent over TCP, and the query behind it answered after it`() async throws {
        try await RunningNameserver.run { server in
            for index in 0..<5000 {
                server.table.enrol(
                    try DomainName("n\(index).d.example"), sequence: ChangeSequence(UInt64(index)), now: Samples.start)
            }
            try await onThread { () throws in
                let connection = try server.client.openTCP()
                let transfer = try QueryOctets("d.example.", .axfr).with { $0.identifier = 1 }
                try connection.send(
                    TCPConnection.framed(transfer.octets) + TCPConnection.framed(try RunningNameserver.query(2)))
                connection.finish()
                var records = 0
                var ends = 0
                while ends < 2 {
                    let message = try ParsedMessage(try connection.receiveMessage())
                    #expect(message.header.identifier == 1)
                    records += message.answers.count
                    ends += message.answers.filter { $0.type == .soa }.count
                }
                #expect(records == 2 * 5001 + 2 + 1 + 3)
                #expect(try ParsedMessage(try connection.receiveMessage()).header.identifier == 2)
                #expect(try connection.receiveSome() == nil)
            }
        }
    }

    @Test func `a connection that says nothing is closed`() async throws {
        try await RunningNameserver.run(timeout: .seconds(1)) { server in
            try await onThread { () throws in #expect(try server.client.openTCP().receiveSome() == nil) }
        }
    }

    @Test func `a connection that sends an octet now and then is closed`() async throws {
        try await RunningNameserver.run(timeout: .seconds(1)) { server in
            try await onThread { () throws in
                let connection = try server.client.openTCP()
                let dripping = try server.client.openTCP()
                try dripping.send([0, 200])
                // The first is closed after a second; until then the second gets an octet from time to time.
                #expect(try connection.receiveSome() == nil)
                try? dripping.send([1])
                #expect(try dripping.receiveSome() == nil)
            }
        }
    }

    @Test func `of too many connections the one idle for longest is closed`() async throws {
        try await RunningNameserver.run(maximumConnections: 3) { server in
            try await onThread { () throws in
                func ask(_ connection: TCPConnection) throws {
                    try connection.send(TCPConnection.framed(try RunningNameserver.query()))
                    #expect(try ParsedMessage(try connection.receiveMessage()).responseCode == .noError)
                }
                var connections: [TCPConnection] = []
                for _ in 0..<3 {
                    let connection = try server.client.openTCP()
                    try ask(connection)
                    connections.append(connection)
                }
                // Now the second has been idle the longest.
                try ask(connections[0])
                let fourth = try server.client.openTCP()
                try ask(fourth)
                #expect(try connections[1].receiveSome() == nil)
                for connection in [connections[0], connections[2], fourth] { try ask(connection) }
            }
        }
    }

    @Test func `a client that does not read is not written to without end, and in nobody's way`() async throws {
        try await RunningNameserver.run(timeout: .seconds(2)) { server in
            try server.publish(1...64)
            try await onThread { () throws in
                let impatient = TestClient(port: server.endpoint.port, timeout: 1)
                let connection = try impatient.openTCP()
                let queries = (0..<1000).flatMap { TCPConnection.framed((try? RunningNameserver.query($0)) ?? []) }
                // 64 values are 3.7 kB an answer: after some ten thousand queries at the latest, nothing more is taken.
                var accepted = 0
                while (try? connection.send(queries)) != nil {
                    accepted += 1
                    #expect(accepted < 500)
                    guard accepted < 500 else { break }
                }
                #expect(try ParsedMessage(server.client.askOverTCP(try RunningNameserver.query())).texts.count == 64)
                #expect(try ParsedMessage(server.client.askOverUDP(try RunningNameserver.query())).isTruncated)
            }
        }
    }

    @Test(arguments: 1...3)
    func `hostile streams are survived`(seed: UInt64) async throws {
        try await RunningNameserver.run { server in
            try await onThread { () throws in
                var generator = SeededGenerator(seed: seed)
                for round in 0..<100 {
                    let connection = try server.client.openTCP()
                    let whole = TCPConnection.framed(try RunningNameserver.query(round))
                    var octets = whole
                    switch Int.random(in: 0..<5, using: &generator) {
                    case 0: octets = Array(octets[..<Int.random(in: 0..<octets.count, using: &generator)])
                    case 1: octets = [0, 0] + octets
                    case 2: octets = [0xFF, 0xFF] + octets
                    case 3: octets[Int.random(in: 2..<octets.count, using: &generator)] ^= 0xFF
                    default: octets = (0..<300).map { _ in UInt8.random(in: 0...255, using: &generator) }
                    }
                    try connection.send(octets)
                    connection.end()
                    if round % 20 == 0 {
                        let response = try ParsedMessage(server.client.askOverTCP(try RunningNameserver.query(round)))
                        #expect(response.responseCode == .noError, "seed \(seed)")
                    }
                }
            }
        }
    }
}

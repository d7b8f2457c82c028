import DNS
import TestSupport
import Testing

@testable import Daemon

/// A running server, and what a secondary sees of its zones.
struct CopiedServer {
    let server: Server
    let dns: UInt16
    let api: API

    func copy(of zone: String = SerialsFolder.zone) async throws -> ZoneCopy {
        try await onThread { [dns] () throws in
            let connection = try TestClient(port: dns).openTCP()
            defer { connection.end() }
            let query = try QueryOctets("\(zone).", .axfr).octets
            try connection.send(TCPConnection.framed(query))
            let answers = try ParsedMessage(connection.receiveMessage()).answers
            let start = try #require(answers.first)
            #expect(start == answers.last && answers.count > 2)
            let serial = try #require(start.data.serial)
            let records = answers.dropLast().map { "\($0.owner) \($0.ttl) \($0.data.withSerial(0))" }
            return ZoneCopy(serial: serial, records: Set(records))
        }
    }

    func transferCode() async throws -> ResponseCode {
        try await onThread { [dns] () throws in
            let query = try QueryOctets("\(SerialsFolder.zone).", .axfr, edns: EDNS(payloadSize: 1232)).octets
            return try ParsedMessage(TestClient(port: dns).askOverTCP(query)).responseCode
        }
    }

    func soa(of zone: String = SerialsFolder.zone) async throws -> UInt32 {
        try await onThread { [dns] () throws in
            let query = try QueryOctets("\(zone).", .soa, edns: EDNS(payloadSize: 1232)).octets
            let answers = try ParsedMessage(TestClient(port: dns).askOverUDP(query)).answers
            return try #require(answers.first?.data.serial)
        }
    }
}

/// A secondary's copy of a zone.
struct ZoneCopy: Equatable {
    var serial: UInt32
    /// All records, without the SOA's serial.
    var records: Set<String>

    func isNewer(than other: ZoneCopy) -> Bool { SerialNumber(serial).isNewer(than: SerialNumber(other.serial)) }
}

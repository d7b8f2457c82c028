package import DNS
import Delegates

/// A whole zone, message after message (RFC 5936): its SOA, everything else in it, its SOA again.
///
/// All of it is as it was when the transfer began, however long that takes: delegates and their values come from a snapshot. A client of
/// IXFR gets the same (RFC 1995 section 4: a server without the differences sends the zone). If its copy is this one or a newer one, it
/// gets the SOA record alone (RFC 1995 section 2). A transfer that loses its snapshot ends with SERVFAIL (RFC 5936 section 2.2).
package struct ZoneTransfer: Sendable {
    private let identifier: UInt16
    private let flags: Header.Flags
    private let question: Question
    private let edns: EDNS?
    private let zone: Zone
    private let soa: RRset
    /// The RRsets to write next, the last first.
    private var pending: [RRset]
    /// The delegates that are yet to be written; `nil` if there are none.
    private var delegates: DelegateTable.Snapshot?
    /// Whether only the SOA record at the end is left.
    private var isAtEnd = false
    private var isFinished = false

    /// A message ends once it has this many octets; compression reaches no further.
    private static let messageLength = 16_384

    /// The type of the query: AXFR or IXFR.
    package var type: RecordType { question.type }

    /// - Parameter heldSerial: the serial of the client's copy; `nil` if the client has not said.
    init(to header: Header, edns: EDNS?, question: Question, heldSerial: SerialNumber?, zone: Zone, table: DelegateTable) {
        identifier = header.identifier
        flags = header.flags.intersection([.opcodeMask, .recursionDesired]).union([.response, .authoritative])
        self.question = question
        self.edns = edns.map { EDNS(payloadSize: UInt16(Responder.maximumUDPLength), isDNSSECOK: $0.isDNSSECOK) }
        self.zone = zone
        let snapshot = table.snapshot(below: zone.apex)
        let change = UInt32(truncatingIfNeeded: (snapshot?.sequence ?? table.sequence).number)
        let serial = zone.serial.number(at: change)
        soa = zone.soa(at: change)
        if question.type == .ixfr, let heldSerial, heldSerial == serial || heldSerial.isNewer(than: serial) {
            // Only the SOA record that ends a transfer is sent.
            pending = []
            delegates = nil
            isAtEnd = true
        } else {
            delegates = snapshot
            pending = zone.rrsets.reversed() + [soa]
        }
    }

    /// Writes the next message.
    ///
    /// - Returns: whether there was one left.
    package mutating func write(into response: inout MessageWriter) -> Bool {
        guard !isFinished else { return false }
        begin(&response, flags)
        do throws(DelegateTable.SnapshotLost) {
            let emptyLength = response.count
            while response.count < Self.messageLength, let rrset = try next() {
                if response.write(rrset, in: .answer) { continue }
                // The RRset goes into the next message. One that fits in none would be tried for ever, but no zone holds one.
                if response.count == emptyLength { return false }
                pending.append(rrset)
                break
            }
        } catch {
            isFinished = true
            begin(&response, flags.union(Header.Flags(rawValue: ResponseCode.serverFailure.rawValue)))
        }
        end(&response)
        return true
    }

    private func begin(_ response: inout MessageWriter, _ flags: Header.Flags) {
        response.begin(identifier: identifier, flags: flags, limit: MessageWriter.maximumLength)
        response.write(question)
        if edns != nil { response.reserve(EDNS.emptyRecordLength) }
    }

    private func end(_ response: inout MessageWriter) {
        if let edns {
            response.reserve(-EDNS.emptyRecordLength)
            response.write(edns)
        }
        response.finish()
    }

    private mutating func next() throws(DelegateTable.SnapshotLost) -> RRset? {
        if let rrset = pending.popLast() { return rrset }
        if !isAtEnd {
            var values = ServedValues()
            if let name = try delegates?.next(&values) {
                if !values.isEmpty {
                    pending.append(RRset(owner: name, type: .txt, ttl: DelegateAnswers.challengeTTL, data: values.recordData))
                }
                return DelegateAnswers.noIssuance(at: name)
            }
            isAtEnd = true
            delegates = nil
        }
        guard !isFinished else { return nil }
        isFinished = true
        return soa
    }
}

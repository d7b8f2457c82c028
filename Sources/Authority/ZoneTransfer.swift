package import DNS
import Delegates

/// A whole zone, message after message (RFC 5936): its SOA, everything else in it, its SOA once more.
///
/// Which delegates there are is settled at the start; their values are those of the moment in which they are written. A client
/// of IXFR gets the same (RFC 1995 section 4: a server without the differences sends the zone), unless its copy is this one or a
/// newer one: then the SOA record alone (RFC 1995 section 2).
package struct ZoneTransfer: Sendable {
    private let identifier: UInt16
    private let flags: Header.Flags
    private let question: Question
    private let edns: EDNS?
    private let zone: Zone
    private let table: DelegateTable
    private let now: Timestamp
    private let soa: RRset
    /// What is to be written next, the last first.
    private var pending: [RRset]
    private var delegates: DelegateTable.Cursor
    /// Whether there is nothing left but the SOA record at the end.
    private var isAtEnd = false
    private var isFinished = false

    /// A message is ended when it has this many octets; compression reaches no further.
    private static let messageLength = 16_384

    /// - Parameter heldSerial: of the copy that the client has; `nil` if it has not said.
    init(
        to header: Header, edns: EDNS?, question: Question, heldSerial: SerialNumber?, zone: Zone, table: DelegateTable,
        now: Timestamp
    ) {
        identifier = header.identifier
        flags = header.flags.intersection([.opcodeMask, .recursionDesired]).union([.response, .authoritative])
        self.question = question
        self.edns = edns.map { EDNS(payloadSize: UInt16(Responder.maximumUDPLength), isDNSSECOK: $0.isDNSSECOK) }
        self.zone = zone
        self.table = table
        self.now = now
        let change = UInt32(truncatingIfNeeded: table.sequence.number)
        let serial = zone.serial.number(at: change)
        soa = zone.soa(at: change)
        delegates = table.cursor
        if question.type == .ixfr, let heldSerial, heldSerial == serial || heldSerial.isNewer(than: serial) {
            // The SOA record that ends a transfer is all there is to send.
            pending = []
            isAtEnd = true
        } else {
            pending = zone.rrsets.reversed() + [soa]
        }
    }

    /// Writes the next message.
    ///
    /// - Returns: whether there was one left.
    package mutating func write(into response: inout MessageWriter) -> Bool {
        guard !isFinished else { return false }
        response.begin(identifier: identifier, flags: flags, limit: MessageWriter.maximumLength)
        response.write(question)
        let ednsLength = edns == nil ? 0 : EDNS.emptyRecordLength
        response.reserve(ednsLength)
        let emptyLength = response.count
        while response.count < Self.messageLength, let rrset = next() {
            if response.write(rrset, in: .answer) { continue }
            // Goes into the next message. One that fits in none, which no zone holds, would be tried for ever.
            if response.count == emptyLength { return false }
            pending.append(rrset)
            break
        }
        response.reserve(-ednsLength)
        if let edns { response.write(edns) }
        response.finish()
        return true
    }

    private mutating func next() -> RRset? {
        if let rrset = pending.popLast() { return rrset }
        if !isAtEnd, let (name, delegate) = table.next(&delegates, below: zone.apex) {
            var values = ServedValues()
            table.read(&values, of: delegate, now: now)
            if !values.isEmpty {
                pending.append(RRset(owner: name, type: .txt, ttl: DelegateAnswers.challengeTTL, data: values.recordData))
            }
            return DelegateAnswers.noIssuance(at: name)
        }
        guard !isFinished else { return nil }
        isFinished = true
        return soa
    }
}

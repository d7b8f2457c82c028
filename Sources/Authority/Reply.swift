import DNS

/// Writes answers as messages: the one place that decides on AA, TC, RCODE and sections.
struct Reply {
    private let identifier: UInt16
    /// What every response has of its query's flags: the opcode, and RD of a query. CD is not copied (RFC 4035 section 3.1.6).
    private let flags: Header.Flags
    private let transport: Transport
    var question: Question?
    /// The query's OPT record; only who sends one gets one.
    var edns: EDNS?
    var options: [EDNSOption] = []
    var extendedError: ExtendedError?
    /// Whether the length is to tell nothing (RFC 7830).
    var isPadded = false
    /// The query's signature, whose key is not known.
    var signature: TransactionSignature?

    /// Responses over TLS are padded to a multiple of this (RFC 8467 section 4.1).
    private static let paddingBlock = 468

    init(to header: Header, over transport: Transport) {
        identifier = header.identifier
        // Flags mean something in queries; what another opcode makes of them is not known (RFC 8906 section 8.1.4).
        let copied: Header.Flags = header.flags.opcode == .query ? [.opcodeMask, .recursionDesired] : .opcodeMask
        flags = header.flags.intersection(copied).union(.response)
        self.transport = transport
    }

    /// Writes a response without records.
    mutating func write(_ code: ResponseCode, because reason: ExtendedError? = nil, into response: inout MessageWriter) {
        extendedError = reason
        begin(code, flags: [], into: &response)
        finish(code, into: &response)
    }

    /// Writes an answer of a class other than IN.
    func write(_ rrset: RRset, of class: RecordClass, into response: inout MessageWriter) {
        begin(.noError, flags: .authoritative, into: &response)
        if !response.write(rrset, of: `class`, in: .answer) {
            begin(.noError, flags: [.authoritative, .truncated], into: &response)
        }
        finish(.noError, into: &response)
    }

    /// Writes an answer; what does not fit in the transport's limit becomes an empty response with TC.
    mutating func write(_ answer: Answer, serial: UInt32, into response: inout MessageWriter) {
        let code = answer.responseCode
        if case .refused = answer.outcome { extendedError = .notAuthoritative }
        begin(code, flags: answer.flags, into: &response)
        guard writeSections(of: answer, serial: serial, into: &response) else {
            begin(code, flags: answer.flags.union(.truncated), into: &response)
            finish(code, into: &response)
            return
        }
        finish(code, into: &response)
    }

    private func writeSections(of answer: Answer, serial: UInt32, into response: inout MessageWriter) -> Bool {
        for alias in answer.aliases {
            guard response.write(alias, in: .answer) else { return false }
        }
        switch answer.outcome {
        case .records(let rrset, let zone):
            guard response.write(rrset, in: .answer) else { return false }
            // Addresses are a convenience here: those that do not fit are left out (RFC 2181 section 9).
            if rrset.type == .ns { _ = writeAddresses(of: rrset, in: zone, into: &response) }
            return true
        case .noData(let zone), .nameError(let zone):
            return response.write(zone.negativeSOA(serial: serial), in: .authority)
        case .referral(let rrset, let zone):
            // A resolver cannot go on without the addresses of name servers below the cut (RFC 9471).
            return response.write(rrset, in: .authority) && writeAddresses(of: rrset, in: zone, into: &response)
        case .aliasLeadsOn, .refused:
            return true
        }
    }

    private func writeAddresses(of rrset: RRset, in zone: Zone, into response: inout MessageWriter) -> Bool {
        for name in rrset.data.compactMap(\.target) where name.isAtOrBelow(zone.apex) {
            for type in [RecordType.a, .aaaa] {
                guard let addresses = zone.rrset(at: name, type: type) else { continue }
                guard response.write(addresses, in: .additional) else { return false }
            }
        }
        return true
    }

    private func begin(_ code: ResponseCode, flags: Header.Flags, into response: inout MessageWriter) {
        let codeBits = Header.Flags(rawValue: code.rawValue & 0xF)
        response.begin(identifier: identifier, flags: self.flags.union(flags).union(codeBits), limit: limit)
        // The question comes first: what is reserved leaves it its place.
        if let question { response.write(question) }
        response.reserve(reservedLength)
    }

    private func finish(_ code: ResponseCode, into response: inout MessageWriter) {
        response.reserve(-reservedLength)
        if let edns {
            var record = EDNS(
                payloadSize: UInt16(Responder.maximumUDPLength), extendedResponseCode: UInt8(code.rawValue >> 4),
                isDNSSECOK: edns.isDNSSECOK, options: sentOptions)
            if isPadded { record.options.append(padding(behind: response.octets.count + record.recordLength)) }
            if !response.write(record) {
                // Beside a very long name there may be no room for options.
                record.options = []
                response.write(record)
            }
        }
        if let signature, !response.write(signature.unknownKeyData, ofKey: signature.keyName) {
            response.setFlags(flags.union(.truncated).union(Header.Flags(rawValue: code.rawValue & 0xF)))
        }
        response.finish()
    }

    private var sentOptions: [EDNSOption] {
        options + (extendedError.map { [.extendedError($0)] } ?? [])
    }

    /// The octets that must fit behind whatever is answered.
    private var reservedLength: Int {
        let options = sentOptions.reduce(0) { $0 + $1.length }
        let padding = isPadded ? Self.paddingBlock + 4 : 0
        let signature = signature.map { $0.keyName.wire.count + 10 + $0.unknownKeyData.octets.count } ?? 0
        return (edns == nil ? 0 : EDNS.emptyRecordLength + options + padding) + signature
    }

    private func padding(behind length: Int) -> EDNSOption {
        let whole = length + 4
        let rest = whole % Self.paddingBlock
        return EDNSOption(.padding, [UInt8](repeating: 0, count: rest == 0 ? 0 : Self.paddingBlock - rest))
    }

    private var limit: Int {
        switch transport {
        case .tcp, .tls: MessageWriter.maximumLength
        case .udp:
            min(max(edns.map { Int($0.payloadSize) } ?? 0, Responder.classicUDPLength), Responder.maximumUDPLength)
        }
    }
}

extension Answer {
    fileprivate var responseCode: ResponseCode {
        switch outcome {
        case .records, .noData, .referral, .aliasLeadsOn: .noError
        // The code is that of the last name of a chain (RFC 6604 section 3).
        case .nameError: .nameError
        case .refused: .refused
        }
    }

    /// AA is about the first owner in the answer (RFC 1035 section 4.1.1).
    fileprivate var flags: Header.Flags {
        switch outcome {
        case .records, .noData, .nameError, .aliasLeadsOn: .authoritative
        case .referral: aliases.isEmpty ? [] : .authoritative
        case .refused: []
        }
    }
}

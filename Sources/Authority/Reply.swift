import DNS
import Delegates

/// Writes answers as messages: the one place that decides on AA, TC, RCODE and sections.
struct Reply {
    private let identifier: UInt16
    /// The flags of every response: QR, the query's opcode and, for opcode QUERY, its RD. CD is not copied (RFC 4035 section 3.1.6).
    private let flags: Header.Flags
    private let transport: Transport
    /// In octets.
    private let queryLength: Int
    /// Where the question's name stands in the query; empty if there is no question.
    private(set) var nameRange = 0..<0
    private(set) var type = RecordType(rawValue: 0)
    private var `class` = RecordClass(rawValue: 0)
    /// The query's OPT record. Only a client that sends one gets one.
    var edns: EDNS?
    private var cookie: ServerCookies.Cookie?
    private(set) var hasValidCookie = false
    var nameserverIdentifier: String?
    /// How long an idle connection is kept, in units of 100 ms (RFC 7828).
    var keepalive: UInt16?
    var extendedError: ExtendedError?
    /// Whether padding hides the length of the response (RFC 7830).
    var isPadded = false
    /// The query's signature, made with an unknown key.
    var signature: TransactionSignature?
    /// The code of the response that was written.
    private(set) var code = ResponseCode.noError
    private var answerFlags = Header.Flags(rawValue: 0)
    /// The number of octets that must fit after the answer.
    private var reservedLength = 0

    /// Responses over TLS are padded to a multiple of this, in octets (RFC 8467 section 4.1).
    private static let paddingBlock = 468
    /// The maximum ratio of a UDP response's length to its query's, unless the client has proved its address. It is somewhat higher with
    /// signatures: a short name gets as many as a long one.
    static let maximumAmplification = 8
    static let maximumSignedAmplification = 12

    init(to header: Header, over transport: Transport, queryLength: Int) {
        identifier = header.identifier
        // Flags have a meaning in queries; their meaning for another opcode is not known (RFC 8906 section 8.1.4).
        let copied = header.flags.opcode == .query ? Header.Flags.opcodeMask.union(.recursionDesired) : .opcodeMask
        flags = header.flags.intersection(copied).union(.response)
        self.transport = transport
        self.queryLength = queryLength
    }

    /// Whether the client has proved that it has its address.
    var isAddressProved: Bool { hasValidCookie || transport != .udp }

    /// Puts a cookie into the response.
    ///
    /// - Parameter isValid: whether the query had a cookie that proves the client's address.
    mutating func take(_ cookie: ServerCookies.Cookie, isValid: Bool) {
        self.cookie = cookie
        hasValidCookie = isValid
    }

    /// Puts the query's question into the response.
    mutating func takeQuestion(of query: Query) {
        nameRange = query.name
        type = query.type
        `class` = query.class
    }

    // MARK: Kinds of responses

    /// Writes a response without records.
    mutating func write(
        _ code: ResponseCode, because reason: ExtendedError? = nil, to message: Span<UInt8>, into response: inout MessageWriter
    ) {
        extendedError = reason
        begin(code, flags: Header.Flags(rawValue: 0), to: message, into: &response)
        finish(into: &response)
    }

    /// Writes an answer of a class other than IN.
    mutating func write(
        _ rrset: RRset, of class: RecordClass, to message: Span<UInt8>, into response: inout MessageWriter
    ) {
        begin(.noError, flags: .authoritative, to: message, into: &response)
        if !response.write(rrset, of: `class`, in: .answer) {
            begin(.noError, flags: Header.Flags.authoritative.union(.truncated), to: message, into: &response)
        }
        finish(into: &response)
    }

    /// Writes an answer. One that exceeds the transport's limit becomes an empty response with TC.
    mutating func write(
        _ answer: Answer, values: borrowing ServedValues, zones: Zones, moment: Moment, to message: Span<UInt8>,
        with signing: inout SigningOnDemand, into response: inout MessageWriter
    ) {
        if case .refused = answer.outcome { extendedError = .notAuthoritative }
        let code = responseCode(of: answer, zones: zones)
        begin(code, flags: answer.flags, to: message, into: &response)
        let isWhole = writeSections(
            of: answer, values: values, zones: zones, moment: moment, to: message, with: &signing, into: &response)
        if !isWhole {
            if signing.isLacking, isAddressProved {
                // A client with a proved address is served before others already: TC would gain it nothing.
                extendedError = .notReady
                begin(.serverFailure, flags: Header.Flags(rawValue: 0), to: message, into: &response)
            } else {
                begin(code, flags: answer.flags.union(.truncated), to: message, into: &response)
            }
        }
        finish(into: &response)
    }

    /// The code is that of the last name of a chain (RFC 6604 section 3).
    private func responseCode(of answer: Answer, zones: Zones) -> ResponseCode {
        switch answer.outcome {
        case .challengeValues, .noIssuance, .noDataAtDelegate, .records, .minimalAny, .noData, .referral, .aliasLeadsOn:
            return .noError
        case .nameError(let zone):
            // The proof is one record. It says that the name exists, with a type that only nonexistent names have (RFC 9824 section 5.1).
            return isSigned(zones.all[zone]) && edns?.isCompactOK != true ? .noError : .nameError
        case .refused: return .refused
        }
    }

    /// Whether a response from a zone has signatures.
    func isSigned(_ zone: Zone) -> Bool { wantsSignatures && zone.isSigned }

    /// The query's DO bit.
    var wantsSignatures: Bool { edns?.isDNSSECOK == true }

    /// Replaces the response with one that only tells the client to ask over TCP.
    mutating func writeTruncated(to message: Span<UInt8>, into response: inout MessageWriter) {
        begin(code, flags: answerFlags.union(.truncated), to: message, into: &response)
        finish(into: &response)
    }

    // MARK: Around them

    private mutating func begin(
        _ code: ResponseCode, flags: Header.Flags, to message: Span<UInt8>, into response: inout MessageWriter
    ) {
        self.code = code
        answerFlags = flags
        let codeBits = Header.Flags(rawValue: code.rawValue & 0xF)
        response.begin(identifier: identifier, flags: self.flags.union(flags).union(codeBits), limit: limit)
        // The question comes before what is reserved, so that it has room.
        if !nameRange.isEmpty { response.writeQuestion(message.extracting(nameRange), type: type, class: `class`) }
        reservedLength = lengthOfRest
        response.reserve(reservedLength)
    }

    private mutating func finish(into response: inout MessageWriter) {
        response.reserve(-reservedLength)
        if let edns {
            let record = EDNS(
                payloadSize: UInt16(Responder.maximumUDPLength), extendedResponseCode: UInt8(code.rawValue >> 4),
                isDNSSECOK: edns.isDNSSECOK, isCompactOK: edns.isDNSSECOK && edns.isCompactOK)
            if let start = response.beginOPT(record) {
                // A very long name may leave no room for options.
                writeOptions(into: &response)
                response.endOPT(lengthAt: start)
            }
        }
        if let signature, !response.write(signature.unknownKeyData, ofKey: signature.keyName) {
            response.setFlags(flags.union(.truncated).union(Header.Flags(rawValue: code.rawValue & 0xF)))
        }
        response.finish()
    }

    private func writeOptions(into response: inout MessageWriter) {
        if let cookie { response.writeOption(.cookie, cookie.words) }
        if let nameserverIdentifier { response.writeOption(.nsid, Array(nameserverIdentifier.utf8).span) }
        if let keepalive { response.writeOption(.tcpKeepalive, keepalive) }
        if let extendedError { response.writeOption(.extendedError, extendedError.rawValue) }
        if isPadded {
            let rest = (response.count + 4) % Self.paddingBlock
            response.writeOption(.padding, zeros: rest == 0 ? 0 : Self.paddingBlock - rest)
        }
    }

    /// The length of a response without records, in octets.
    var emptyLength: Int {
        Header.length + (nameRange.isEmpty ? 0 : nameRange.count + 4) + reservedLength
    }

    private var lengthOfRest: Int {
        var length = 0
        if edns != nil {
            length = EDNS.emptyRecordLength
            if cookie != nil { length += 4 + 24 }
            if let nameserverIdentifier { length += 4 + nameserverIdentifier.utf8.count }
            if keepalive != nil { length += 6 }
            if extendedError != nil { length += 6 }
            if isPadded { length += 4 + Self.paddingBlock }
        }
        if let signature { length += signature.keyName.wire.count + 10 + signature.unknownKeyData.octets.count }
        return length
    }

    private var limit: Int {
        guard transport == .udp else { return MessageWriter.maximumLength }
        let taken = max(edns.map { Int($0.payloadSize) } ?? 0, Responder.classicUDPLength)
        let harmless = isAddressProved ? MessageWriter.maximumLength : queryLength * amplification
        return min(taken, Responder.maximumUDPLength, harmless)
    }

    private var amplification: Int {
        edns?.isDNSSECOK == true ? Self.maximumSignedAmplification : Self.maximumAmplification
    }
}

extension Answer {
    /// AA is about the first owner in the answer (RFC 1035 section 4.1.1).
    fileprivate var flags: Header.Flags {
        switch outcome {
        case .challengeValues, .noIssuance, .noDataAtDelegate, .records, .minimalAny, .noData, .nameError, .aliasLeadsOn:
            .authoritative
        case .referral: aliases.isEmpty ? Header.Flags(rawValue: 0) : .authoritative
        case .refused: Header.Flags(rawValue: 0)
        }
    }
}

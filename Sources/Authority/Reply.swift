package import DNS
import Delegates

/// Writes responses, one after the other: the one place that decides on AA, TC, RCODE and sections.
///
/// It holds what a response is made of and what the query said, so that nothing is passed along or copied. Each thread or event loop has
/// one, and ``begin(_:of:over:at:)`` begins the next response.
package struct Reply: ~Copyable {
    /// The response that was written last.
    package var message = MessageWriter()
    /// The values of the delegate that is asked about.
    var values = ServedValues()
    var signing: SigningOnDemand
    var moment = Moment(change: 0, systemTime: 0)

    // MARK: What the query said

    private var identifier: UInt16 = 0
    /// The flags of every response: QR, the query's opcode and, for opcode QUERY, its RD. CD is not copied (RFC 4035 section 3.1.6).
    private var flags = Header.Flags(rawValue: 0)
    private var transport = Transport.udp
    /// In octets.
    private var queryLength = 0
    /// Where the question's name stands in the query; empty if there is no question.
    private var nameRange = 0..<0
    private(set) var type = RecordType(rawValue: 0)
    private var `class` = RecordClass(rawValue: 0)
    /// The query's OPT record. Only a client that sends one gets one.
    var edns: EDNS?
    /// The query's signature, made with an unknown key.
    var signature: TransactionSignature?

    // MARK: What the response says

    /// Whether the query had a cookie that proves the client's address.
    private(set) var hasValidCookie = false
    private var cookie: ServerCookies.Cookie?
    private var nameserverIdentifier: String?
    private var keepalive: UInt16?
    private var isPadded = false
    var extendedError: ExtendedError?
    /// The length of all options but the extended error, in octets.
    private var optionsLength = 0
    /// The code of the response that was written.
    private(set) var code = ResponseCode.noError
    private var answerFlags = Header.Flags(rawValue: 0)
    /// The number of octets that must fit after the answer.
    private var reservedLength = 0

    /// Responses over TLS are padded to a multiple of this, in octets (RFC 8467 section 4.1).
    private static let paddingBlock = 468
    private static let extendedErrorLength = 4 + 2
    /// The maximum ratio of a UDP response's length to its query's, unless the client has proved its address. It is somewhat higher with
    /// signatures: a short name gets as many as a long one.
    static let maximumAmplification = 8
    static let maximumSignedAmplification = 12

    /// - Parameter signaturesPerSecond: the maximum number made for answers each second.
    init(signaturesPerSecond: Int) {
        signing = SigningOnDemand(signaturesPerSecond: signaturesPerSecond)
    }

    /// A copy of the response that was written last.
    package var octets: [UInt8] { message.octets }

    // MARK: The next response

    /// Begins the response to a query.
    mutating func begin(_ header: Header, queryLength: Int, over transport: Transport) {
        identifier = header.identifier
        // Flags have a meaning in queries; their meaning for another opcode is not known (RFC 8906 section 8.1.4).
        let copied = header.flags.opcode == .query ? Header.Flags.opcodeMask.union(.recursionDesired) : .opcodeMask
        flags = header.flags.intersection(copied).union(.response)
        self.transport = transport
        self.queryLength = queryLength
        nameRange = 0..<0
        edns = nil
        hasValidCookie = false
        cookie = nil
        keepalive = nil
        isPadded = false
        extendedError = nil
        optionsLength = 0
        // Few responses have these, and their memory must be freed.
        if nameserverIdentifier != nil { nameserverIdentifier = nil }
        if signature != nil { signature = nil }
        signing.begin()
    }

    /// Whether the client has proved that it has its address.
    var isAddressProved: Bool { hasValidCookie || transport != .udp }

    /// Puts the query's question into the response.
    mutating func takeQuestion(of query: borrowing Query) {
        nameRange = query.name
        type = query.type
        `class` = query.class
    }

    /// Puts a cookie into the response.
    ///
    /// - Parameter isValid: whether the query had a cookie that proves the client's address.
    mutating func take(_ cookie: ServerCookies.Cookie, isValid: Bool) {
        self.cookie = cookie
        hasValidCookie = isValid
        optionsLength += 4 + 24
    }

    /// Puts the name server's identifier into the response (RFC 5001).
    mutating func takeIdentifier(_ identifier: String) {
        nameserverIdentifier = identifier
        optionsLength += 4 + identifier.utf8.count
    }

    /// Tells the client how long an idle connection is kept, in units of 100 ms (RFC 7828).
    mutating func takeKeepalive(_ timeout: UInt16) {
        keepalive = timeout
        optionsLength += 4 + 2
    }

    /// Pads the response, which hides its length (RFC 7830).
    mutating func takePadding() {
        isPadded = true
        optionsLength += 4 + Self.paddingBlock
    }

    // MARK: Kinds of responses

    /// Writes a response without records.
    mutating func write(_ code: ResponseCode, because reason: ExtendedError? = nil, to query: Span<UInt8>) {
        extendedError = reason
        begin(code, flags: Header.Flags(rawValue: 0), to: query)
        finish()
    }

    /// Writes an answer of a class other than IN.
    mutating func write(_ rrset: RRset, of class: RecordClass, to query: Span<UInt8>) {
        begin(.noError, flags: .authoritative, to: query)
        if !message.write(rrset, of: `class`, in: .answer) {
            begin(.noError, flags: Header.Flags.authoritative.union(.truncated), to: query)
        }
        finish()
    }

    /// Writes the answer at a delegate that the question names.
    mutating func write(_ answer: Answer.AtDelegate, in place: Int, of zones: Zones, to query: Span<UInt8>) {
        begin(.noError, flags: .authoritative, to: query)
        let isWhole = write(answer, at: query.extracting(nameRange), isQuestionsName: true, in: place, of: zones)
        if !isWhole { writeShort(code: .noError, flags: .authoritative, to: query) }
        finish()
    }

    /// Writes an answer. One that exceeds the transport's limit becomes an empty response with TC.
    mutating func write(_ answer: Answer, zones: Zones, to query: Span<UInt8>) {
        if case .refused = answer.outcome { extendedError = .notAuthoritative }
        let code = responseCode(of: answer, zones: zones)
        begin(code, flags: answer.flags, to: query)
        if !writeSections(of: answer, at: query.extracting(nameRange), zones: zones) {
            writeShort(code: code, flags: answer.flags, to: query)
        }
        finish()
    }

    /// Begins the response that replaces one which did not fit, or could not be signed.
    private mutating func writeShort(code: ResponseCode, flags: Header.Flags, to query: Span<UInt8>) {
        if signing.isLacking, isAddressProved {
            // A client with a proved address is served before others already: TC would gain it nothing.
            extendedError = .notReady
            begin(.serverFailure, flags: Header.Flags(rawValue: 0), to: query)
        } else {
            begin(code, flags: flags.union(.truncated), to: query)
        }
    }

    /// The code is that of the last name of a chain (RFC 6604 section 3).
    private func responseCode(of answer: Answer, zones: Zones) -> ResponseCode {
        switch answer.outcome {
        case .atDelegate, .records, .minimalAny, .noData, .referral, .aliasLeadsOn: return .noError
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
    mutating func writeTruncated(to query: Span<UInt8>) {
        begin(code, flags: answerFlags.union(.truncated), to: query)
        finish()
    }

    // MARK: Around them

    private mutating func begin(_ code: ResponseCode, flags: Header.Flags, to query: Span<UInt8>) {
        self.code = code
        answerFlags = flags
        let codeBits = Header.Flags(rawValue: code.rawValue & 0xF)
        message.begin(identifier: identifier, flags: self.flags.union(flags).union(codeBits), limit: limit)
        // The question comes before what is reserved, so that it has room.
        if !nameRange.isEmpty { message.writeQuestion(query.extracting(nameRange), type: type, class: `class`) }
        reservedLength = lengthOfRest
        message.reserve(reservedLength)
    }

    private mutating func finish() {
        message.reserve(-reservedLength)
        if let edns {
            let record = EDNS(
                payloadSize: UInt16(Responder.maximumUDPLength), extendedResponseCode: UInt8(code.rawValue >> 4),
                isDNSSECOK: edns.isDNSSECOK, isCompactOK: edns.isDNSSECOK && edns.isCompactOK)
            if let start = message.beginOPT(record), optionsLength > 0 || extendedError != nil {
                // A very long name may leave no room for options.
                writeOptions()
                message.endOPT(lengthAt: start)
            }
        }
        if let signature, !message.write(signature.unknownKeyData, ofKey: signature.keyName) {
            message.setFlags(flags.union(.truncated).union(Header.Flags(rawValue: code.rawValue & 0xF)))
        }
        message.finish()
    }

    private mutating func writeOptions() {
        if let cookie { message.writeOption(.cookie, cookie.words) }
        if let nameserverIdentifier { message.writeOption(.nsid, Array(nameserverIdentifier.utf8).span) }
        if let keepalive { message.writeOption(.tcpKeepalive, keepalive) }
        if let extendedError { message.writeOption(.extendedError, extendedError.rawValue) }
        if isPadded {
            let rest = (message.count + 4) % Self.paddingBlock
            message.writeOption(.padding, zeros: rest == 0 ? 0 : Self.paddingBlock - rest)
        }
    }

    /// The length of a response without records, in octets.
    var emptyLength: Int {
        Header.length + (nameRange.isEmpty ? 0 : nameRange.count + 4) + reservedLength
    }

    private var lengthOfRest: Int {
        var length = 0
        if edns != nil {
            length = EDNS.emptyRecordLength + optionsLength
            if extendedError != nil { length += Self.extendedErrorLength }
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
        case .atDelegate, .records, .minimalAny, .noData, .nameError, .aliasLeadsOn: .authoritative
        case .referral: aliases.isEmpty ? Header.Flags(rawValue: 0) : .authoritative
        case .refused: Header.Flags(rawValue: 0)
        }
    }
}

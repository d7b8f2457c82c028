package import DNS
package import Delegates

/// Turns a received message into the response to it: octets in, octets out. Nothing here waits, and nothing here fails.
package struct Responder: Sendable {
    private let zones: Zones
    private let table: DelegateTable
    private let cookies: ServerCookies
    private let identity: ServerIdentity
    /// How long an idle connection is kept, as clients are told (RFC 7828).
    private let connectionTimeout: Duration
    /// From where whole zones may be fetched; from nowhere by default.
    private let transferNetworks: [IPNetwork]

    /// The largest UDP message that is sent, and said to be taken, in octets: fits in any path without fragments (RFC 9715).
    package static let maximumUDPLength = 1232
    /// The largest UDP message to a sender without EDNS (RFC 1035 section 4.2.1).
    package static let classicUDPLength = 512

    package init(
        zones: Zones, table: DelegateTable, cookies: ServerCookies = ServerCookies(secrets: []),
        identity: ServerIdentity = ServerIdentity(), connectionTimeout: Duration = .seconds(10),
        transferNetworks: [IPNetwork] = []
    ) {
        self.zones = zones
        self.table = table
        self.cookies = cookies
        self.identity = identity
        self.connectionTimeout = connectionTimeout
        self.transferNetworks = transferNetworks
    }

    /// The transfer that a message asks for, if it does and its sender may have it. Anything else goes to
    /// ``respond(to:from:over:at:into:)``, which refuses transfers.
    ///
    /// To be asked for messages that came by TCP or TLS: a zone needs more than a datagram (RFC 5936 section 4.2).
    package func transfer(of message: Span<UInt8>, from address: IPAddress, at now: Timestamp) -> ZoneTransfer? {
        guard mayTransfer(to: address), let header = try? Header(of: message), !header.flags.contains(.response),
            header.flags.opcode == .query, header.questionCount == 1, let query = try? Query(of: message, header: header),
            let question = query.question, question.class == .in, [.axfr, .ixfr].contains(question.type),
            query.signature == nil, query.edns?.version ?? 0 == 0, let zone = zones.zone(withApex: question.name)
        else { return nil }
        return ZoneTransfer(to: header, query: query, question: question, zone: zone, table: table, now: now)
    }

    private func mayTransfer(to address: IPAddress) -> Bool {
        !transferNetworks.isEmpty && transferNetworks.contains { $0.contains(address) }
    }

    /// Writes the response to a message.
    ///
    /// - Returns: whether there is one. There is none to what has no header and to what is a response itself: two servers would
    ///   otherwise answer each other for ever.
    package func respond(
        to message: Span<UInt8>, from address: IPAddress, over transport: Transport, at now: Timestamp,
        into response: inout MessageWriter
    ) -> Bool {
        guard let header = try? Header(of: message), !header.flags.contains(.response) else { return false }
        var reply = Reply(to: header, over: transport)

        guard header.flags.opcode == .query else {
            reply.edns = header.questionCount <= 1 ? (try? Query(of: message, header: header))?.edns : nil
            reply.write(.notImplemented, because: .notSupported, into: &response)
            return true
        }
        guard header.questionCount <= 1, let query = try? Query(of: message, header: header) else {
            reply.write(.formatError, into: &response)
            return true
        }
        reply.question = query.question
        reply.edns = query.edns
        if let edns = query.edns {
            guard edns.version == 0 else {
                reply.write(.badVersion, into: &response)
                return true
            }
            guard addOptions(asked: edns, to: &reply, from: address, over: transport, now: now) else {
                reply.write(.formatError, into: &response)
                return true
            }
        }
        guard let question = query.question else {
            reply.write(codeForCookieAlone(query.edns?.option(.cookie), from: address, now: now), into: &response)
            return true
        }
        if let signature = query.signature {
            // No key is known here.
            reply.signature = signature
            reply.write(.notAuthoritative, into: &response)
            return true
        }
        if transport == .udp, question.class == .in, question.type == .ixfr, mayTransfer(to: address),
            zones.zone(withApex: question.name) != nil
        {
            // The SOA alone says: come by TCP (RFC 1995 section 2).
            let soa = Question(name: question.name, type: .soa)
            respond(to: soa, with: &reply, at: now, into: &response)
            return true
        }
        respond(to: question, with: &reply, at: now, into: &response)
        return true
    }

    private func respond(
        to question: Question, with reply: inout Reply, at now: Timestamp, into response: inout MessageWriter
    ) {
        switch (question.class, question.type) {
        case (.in, .axfr), (.in, .ixfr):
            reply.write(.refused, because: .prohibited, into: &response)
        case (.in, _):
            if table.isStale { reply.extendedError = .staleAnswer }
            let lookUp = LookUp(zones: zones, table: table, now: now)
            let serial = UInt32(truncatingIfNeeded: table.sequence.number)
            reply.write(lookUp.answer(to: question), serial: serial, into: &response)
        case (.chaos, _):
            if let rrset = identity.rrset(for: question) {
                reply.write(rrset, of: .chaos, into: &response)
            } else {
                reply.write(.refused, because: .prohibited, into: &response)
            }
        default:
            reply.write(.refused, because: .notAuthoritative, into: &response)
        }
    }

    /// Only who asks for a cookie may ask nothing else; who shows one is told whether it is good (RFC 7873 section 5.4).
    private func codeForCookieAlone(_ option: [UInt8]?, from address: IPAddress, now: Timestamp) -> ResponseCode {
        guard let option else { return .formatError }
        switch cookies.outcome(of: option, from: address, now: now) {
        case .malformed: return .formatError
        case .cookie(_, let isValid): return isValid || !ServerCookies.hasServerCookie(option) ? .noError : .badCookie
        }
    }

    /// Adds the options that the query's options ask for.
    ///
    /// - Returns: whether they are such that they can be answered.
    private func addOptions(
        asked edns: EDNS, to reply: inout Reply, from address: IPAddress, over transport: Transport, now: Timestamp
    ) -> Bool {
        guard !edns.options.isEmpty else { return true }
        if let option = edns.option(.cookie) {
            switch cookies.outcome(of: option, from: address, now: now) {
            case .malformed: return false
            case .cookie(let data, _): reply.options.append(EDNSOption(.cookie, data))
            }
        }
        if edns.option(.nsid) != nil, let identifier = identity.identifier {
            reply.options.append(EDNSOption(.nsid, Array(identifier.utf8)))
        }
        if transport != .udp, edns.option(.tcpKeepalive) != nil {
            // In units of 100 ms.
            let units = UInt16(clamping: connectionTimeout.components.seconds * 10)
            reply.options.append(EDNSOption(.tcpKeepalive, [UInt8(units >> 8), UInt8(truncatingIfNeeded: units)]))
        }
        reply.isPadded = transport == .tls && edns.option(.padding) != nil
        return true
    }
}

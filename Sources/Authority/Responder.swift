package import DNS
package import Delegates

/// Turns a received message into its response: octets in, octets out. Nothing here waits, and nothing here fails.
package struct Responder: Sendable {
    let zones: Zones
    let table: DelegateTable
    let lookUp: LookUp
    private let cookies: ServerCookies
    private let identity: ServerIdentity
    /// How long an idle connection is kept, as clients are told (RFC 7828).
    package let connectionTimeout: Duration
    /// The networks that may fetch whole zones; empty by default.
    private let transferNetworks: [IPNetwork]
    private let transferGate: TransferGate
    package let rateLimit: ResponseRateLimit.Settings
    /// The maximum number of signatures that a thread makes for answers each second.
    package let signaturesPerSecond: Int

    /// The largest UDP message that is sent, and announced as accepted, in octets: it fits any path without fragments (RFC 9715).
    package static let maximumUDPLength = 1232
    /// The largest UDP message to a client without EDNS, in octets (RFC 1035 section 4.2.1).
    package static let classicUDPLength = 512

    package init(
        zones: Zones, table: DelegateTable, cookies: ServerCookies = ServerCookies(secrets: []),
        identity: ServerIdentity = ServerIdentity(), connectionTimeout: Duration = .seconds(10),
        transferNetworks: [IPNetwork] = [], transferGate: TransferGate = TransferGate(),
        rateLimit: ResponseRateLimit.Settings = ResponseRateLimit.Settings(),
        signaturesPerSecond: Int = SigningOnDemand.defaultPerSecond
    ) {
        self.zones = zones
        self.table = table
        lookUp = LookUp(zones: zones, origins: zones.all.map { table.origin($0.apex) }, table: table)
        self.cookies = cookies
        self.identity = identity
        self.connectionTimeout = connectionTimeout
        self.transferNetworks = transferNetworks
        self.transferGate = transferGate
        self.rateLimit = rateLimit
        self.signaturesPerSecond = signaturesPerSecond
    }

    /// The transfer that a message asks for; `nil` if it asks for none, or its sender may not have it. The message then goes to
    /// ``respond(to:from:over:at:with:)``, which refuses transfers.
    ///
    /// Only for messages over TCP or TLS: a zone needs more than a datagram (RFC 5936 section 4.2).
    package func transfer(of message: Span<UInt8>, from address: IPAddress) -> ZoneTransfer? {
        guard mayTransfer(to: address), transferGate.isOpen, !table.isHeldBack, let header = try? Header(of: message),
            !header.flags.contains(.response),
            header.flags.opcode == .query, header.questionCount == 1, let query = try? Query(of: message, header: header),
            let question = query.question(in: message), question.class == .in, [.axfr, .ixfr].contains(question.type),
            query.signature(in: message) == nil, query.edns?.version ?? 0 == 0, let zone = zones.zone(withApex: question.name),
            // A copy of a signed zone has no keys: it could prove nothing.
            zone.signer == nil
        else { return nil }
        return ZoneTransfer(
            to: header, edns: query.edns, question: question, heldSerial: query.heldSerial, zone: zone, table: table)
    }

    private func mayTransfer(to address: IPAddress) -> Bool {
        !transferNetworks.isEmpty && transferNetworks.contains { $0.contains(address) }
    }

    /// Prepares the workspace for messages that have come together.
    package func beginBatch(with workspace: inout Workspace) { workspace.gate = table.gateState }

    /// Writes the response to a message into the workspace.
    package func respond(
        to message: Span<UInt8>, from address: IPAddress, over transport: Transport, at now: Timestamp,
        with workspace: inout Workspace
    ) -> Exchange {
        guard let header = try? Header(of: message), !header.flags.contains(.response) else {
            return Exchange(outcome: .ignored)
        }
        var exchange = Exchange(outcome: .response)
        workspace.response.begin(header, queryLength: message.count, over: transport)
        let isAboutDelegate = write(
            to: message, header: header, from: address, over: transport, at: now, gate: workspace.gate,
            type: &exchange.type, with: &workspace.response)
        exchange.code = workspace.response.code
        exchange.madeSignatures = UInt8(clamping: workspace.response.signing.made)
        exchange.reusedSignatures = UInt8(clamping: workspace.response.signing.reused)
        exchange.isUnsigned = workspace.response.signing.isLacking
        guard !workspace.response.isAddressProved else { return exchange }
        let cost = ResponseRateLimit.Response(
            length: workspace.response.message.count, truncatedLength: workspace.response.emptyLength,
            queryLength: message.count, isAboutDelegate: isAboutDelegate)
        switch workspace.rateLimit.verdict(on: cost, to: address, now: now) {
        case .respond:
            break
        case .truncate:
            workspace.response.writeTruncated(to: message)
            exchange.outcome = .truncatedByRateLimit
        case .drop:
            exchange.outcome = .droppedByRateLimit
        }
        return exchange
    }

    // MARK: The order of checks

    /// - Returns: whether the response is about a delegate.
    private func write(
        to message: Span<UInt8>, header: Header, from address: IPAddress, over transport: Transport, at now: Timestamp,
        gate: AnswerGate.State, type: inout RecordType?, with reply: inout Reply
    ) -> Bool {
        guard header.flags.opcode == .query else {
            reply.edns = header.questionCount <= 1 ? (try? Query(of: message, header: header))?.edns : nil
            reply.write(.notImplemented, because: .notSupported, to: message)
            return false
        }
        guard header.questionCount <= 1 else {
            reply.write(.formatError, to: message)
            return false
        }
        let query: Query
        do {
            query = try Query(of: message, header: header)
        } catch {
            reply.write(.formatError, to: message)
            return false
        }
        if query.hasQuestion {
            type = query.type
            reply.takeQuestion(of: query)
        }
        reply.edns = query.edns
        if let edns = query.edns {
            guard edns.version == 0 else {
                reply.write(.badVersion, to: message)
                return false
            }
            guard takeOptions(of: edns, in: message, to: &reply, from: address, over: transport, now: now) else {
                reply.write(.formatError, to: message)
                return false
            }
        }
        guard query.hasQuestion else {
            let code = codeForCookieAlone(
                query.edns?.option(.cookie, in: message), of: message, isValid: reply.hasValidCookie)
            reply.write(code, to: message)
            return false
        }
        if let signature = query.signature(in: message) {
            // This server knows no keys.
            reply.signature = signature
            reply.write(.notAuthoritative, to: message)
            return false
        }
        if gate != .open, isKeptBack(query, in: message, gate: gate, at: now, values: &reply.values) {
            reply.write(.serverFailure, because: .notReady, to: message)
            return false
        }
        if query.isForData {
            return writeAnswer(
                to: message.extracting(query.name), type: query.type, in: message, from: address, at: now, with: &reply)
        }
        return write(to: query, in: message, from: address, over: transport, at: now, with: &reply)
    }

    /// Whether the answer could deny what another node has: it is about a delegate, or says that there is no such name. After a long time it
    /// could also be signed with keys that are no longer those of the zone.
    private func isKeptBack(
        _ query: Query, in message: Span<UInt8>, gate: AnswerGate.State, at now: Timestamp, values: inout ServedValues
    ) -> Bool {
        guard query.class == .in else { return false }
        let answer = lookUp.answer(
            to: message.extracting(query.name), mayBeDelegate: true, type: query.type, change: 0, at: now, values: &values)
        switch answer.outcome {
        case .refused: return false
        case _ where gate == .closedForLong && isSigned(message.extracting(query.name), query.type): return true
        case .atDelegate, .nameError: return true
        case .referral: return false
        // A wildcard may stand for a delegate that is not known here.
        case .records, .minimalAny, .noData, .aliasLeadsOn:
            guard let name = query.question(in: message)?.name else { return true }
            return !zones.all.contains { $0.has(name) }
        }
    }

    /// Whether a name lies in a zone that this server signs.
    private func isSigned(_ name: Span<UInt8>, _ type: RecordType) -> Bool {
        zones.place(of: name, NameOutline(name), type: type).map { zones.all[$0].signer != nil } ?? false
    }

    /// The answer to another node's question of class CHAOS for `place.nuncio.`: the number of the last change that is shown here. Only a
    /// node that shares its storage with others has it.
    private func place(for question: Question) -> RRset? {
        guard table.gate != nil, question.type == .txt, question.name == Self.placeName else { return nil }
        return RRset(owner: question.name, type: .txt, ttl: 0, data: [.txt(String(table.sequence.number).utf8)])
    }

    /// The name of that question.
    package static let placeName =
        DomainName.root.prepending(label: "nuncio".utf8)?.prepending(label: "place".utf8) ?? .root

    /// Writes the response to a query of another class or a special type.
    private func write(
        to query: Query, in message: Span<UInt8>, from address: IPAddress, over transport: Transport, at now: Timestamp,
        with reply: inout Reply
    ) -> Bool {
        guard query.class == .in else {
            if query.class != .chaos {
                reply.write(.refused, because: .notAuthoritative, to: message)
            } else if let rrset = query.question(in: message).flatMap({ identity.rrset(for: $0) ?? place(for: $0) }) {
                reply.write(rrset, of: .chaos, to: message)
            } else {
                reply.write(.refused, because: .prohibited, to: message)
            }
            return false
        }
        guard query.type != .nxname else {
            // No name has this type (RFC 9824 section 3.5).
            reply.write(.formatError, because: .invalidQueryType, to: message)
            return false
        }
        guard query.type != .axfr, query.type != .ixfr else {
            if query.type == .ixfr, transport == .udp, mayTransfer(to: address), mayTransfer(message.extracting(query.name)) {
                // The SOA alone tells the client to use TCP (RFC 1995 section 2).
                return writeAnswer(
                    to: message.extracting(query.name), type: .soa, in: message, from: address, at: now, with: &reply)
            }
            if mayTransfer(to: address), mayTransfer(message.extracting(query.name)), !transferGate.isOpen {
                reply.write(.serverFailure, because: .notReady, to: message)
            } else {
                reply.write(.refused, because: .prohibited, to: message)
            }
            return false
        }
        return writeAnswer(
            to: message.extracting(query.name), type: query.type, in: message, from: address, at: now, with: &reply)
    }

    private func mayTransfer(_ name: Span<UInt8>) -> Bool {
        for zone in zones.all where zone.apex.isEqual(to: name) { return zone.signer == nil }
        return false
    }

    private func writeAnswer(
        to name: Span<UInt8>, type: RecordType, in message: Span<UInt8>, from address: IPAddress, at now: Timestamp,
        with reply: inout Reply
    ) -> Bool {
        if table.isStale { reply.extendedError = .staleAnswer }
        reply.moment = Moment(
            change: UInt32(truncatingIfNeeded: table.sequence.number), systemTime: table.systemTime(at: now))
        let zone = zones.place(directlyAbove: name)
        if let zone, let delegate = lookUp.delegate(name, in: zone) {
            if type == .txt { table.note(address, askingAt: delegate) }
            let answer = lookUp.answer(at: delegate, type: type, zone: zone, now: now, values: &reply.values)
            reply.write(answer, in: zone, of: zones, to: message)
            return answer.isAboutDelegate
        }
        let answer = lookUp.answer(
            to: name, mayBeDelegate: zone == nil, type: type, change: reply.moment.change, at: now, values: &reply.values)
        if type == .txt, case .atDelegate(_, let delegate, zone: _) = answer.outcome {
            table.note(address, askingAt: delegate)
        }
        reply.write(answer, zones: zones, to: message)
        return answer.isAboutDelegate
    }

    /// A query without a question is valid only if it asks for a cookie. A client that shows one is told whether it is good (RFC 7873
    /// section 5.4).
    private func codeForCookieAlone(_ option: Range<Int>?, of message: Span<UInt8>, isValid: Bool) -> ResponseCode {
        guard let option else { return .formatError }
        return isValid || !ServerCookies.hasServerCookie(message.extracting(option)) ? .noError : .badCookie
    }

    /// Takes what the query's options ask for into the reply.
    ///
    /// - Returns: whether the options are well-formed.
    private func takeOptions(
        of edns: EDNS, in message: Span<UInt8>, to reply: inout Reply, from address: IPAddress, over transport: Transport,
        now: Timestamp
    ) -> Bool {
        guard !edns.options.isEmpty else { return true }
        if let option = edns.option(.cookie, in: message) {
            switch cookies.outcome(of: message.extracting(option), from: address, now: now) {
            case .malformed: return false
            case .cookie(let cookie, let isValid): reply.take(cookie, isValid: isValid)
            }
        }
        if let identifier = identity.identifier, edns.option(.nsid, in: message) != nil { reply.takeIdentifier(identifier) }
        if transport != .udp, edns.option(.tcpKeepalive, in: message) != nil {
            reply.takeKeepalive(UInt16(clamping: connectionTimeout.components.seconds * 10))
        }
        if transport == .tls, edns.option(.padding, in: message) != nil { reply.takePadding() }
        return true
    }
}

import CAA
import DNS
import DNSClient
import Sockets

/// Looks up the CAA records that count for a name (RFC 8659 section 3), as an authority does.
struct CAALookUp: Sendable {
    let resolvers: [Endpoint]

    /// - Returns: why the authority would refuse, in words; `nil` if it would not, or no resolver could tell: the authority has
    ///   resolvers of its own.
    func obstacle(for name: DomainName, _ evaluation: CAAEvaluation) async -> String? {
        guard !resolvers.isEmpty, !evaluation.authority.identities.isEmpty else { return nil }
        var answers: [DomainName: RelevantSet.Answer] = [:]
        for owner in RelevantSet.names(for: name) {
            guard let records = await records(of: owner) else { return nil }
            answers[owner] = .records(records)
            // The first name that has any decides.
            if !records.isEmpty { break }
        }
        let verdict = evaluation.verdict(for: name, answers: answers)
        return verdict.isAllowed ? nil : "\(name.withoutFinalDot): \(verdict.because)"
    }

    /// - Returns: the CAA records of a name, aliases followed; `nil` if no resolver could tell.
    private func records(of owner: DomainName) async -> [RecordData]? {
        let query = OutgoingQuery(Question(name: owner, type: .caa), transport: .tcp)
        guard let response = try? await NameserverClient().ask(query, ofAny: resolvers) else { return nil }
        let message = response.message
        return try? message.answers.filter { $0.type == .caa && $0.class == .in }
            .map { (record) throws(MessageError) in try message.data(of: record) }
    }
}

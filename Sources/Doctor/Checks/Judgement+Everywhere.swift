import DNS
import DNSClient

/// Whether all name servers of the customer's zone say the same of the challenge's name.
extension Judgement {
    var cnameEverywhere: Check {
        guard let usual = facts.customerAnswer, let zone = facts.challenge.value?.zone.apex else {
            return Check(.cnameEverywhere, [Finding(.unknown, "no name server of the domain answered")])
        }
        var findings: [Finding] = []
        for sight in facts.customerServers {
            switch sight.answer {
            case .seen(usual): break
            case .seen(let other):
                findings.append(
                    Finding(
                        .error,
                        "\(sight.server.text) says something else of \(challengeName.text) than the others: authorities ask several",
                        found: records(other).isEmpty
                            ? ["\(sight.server.text): no record"] : records(other).map { "\(sight.server.text): \($0)" },
                        expected: records(usual),
                        remedy: [
                            "compare the serial numbers of \(zone), and see why \(sight.server.name) does not have the newest"
                        ]))
            case .unseen(let reason):
                findings.append(
                    reason.hasPrefix("was not asked")
                        ? Finding(.unknown, "the name server \(sight.server.text) of \(zone.text) \(reason)")
                        : Finding(
                            .warning, "the name server \(sight.server.text) of \(zone.text) is of no use: \(reason)",
                            remedy: ["repair \(sight.server.name), or remove it from the NS records of \(zone)"]))
            }
        }
        let count = Set(facts.customerServers.map(\.server.name)).count
        return Check(
            .cnameEverywhere,
            findings.isEmpty
                ? [Finding(.ok, "\(count == 1 ? "the name server says" : "all \(count) name servers say") it")] : findings)
    }
}

import CAA
import DNS
import Foundation
import Testing

/// A line of `cases.txt`.
struct CAACase: Sendable, CustomTestStringConvertible {
    let line: Int
    let answers: [RelevantSet.Answer]
    let evaluation: CAAEvaluation
    let isAllowed: Bool
    let source: String
    let text: String

    static let accounts = [
        "{ours}": "https://acme-v02.api.letsencrypt.org/acme/acct/1",
        "{theirs}": "https://acme-v02.api.letsencrypt.org/acme/acct/2",
        "{older}": "https://acme-v01.api.letsencrypt.org/acme/reg/1",
        "{staging}": "https://acme-staging-v02.api.letsencrypt.org/acme/acct/1",
    ]
    static let ours = accounts["{ours}"] ?? ""

    var testDescription: String { "line \(line): \(text)" }

    struct Unreadable: Error, CustomStringConvertible {
        let description: String
    }

    static let all: [CAACase] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "cases.txt")
        guard let text = try? String(contentsOf: file, encoding: .utf8) else { return [] }
        return text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { index, line in
            guard !line.isEmpty, !line.hasPrefix("#"), !line.hasPrefix("set ") else { return nil }
            return try? CAACase(String(line), line: index + 1)
        }
    }()

    init(_ text: String, line: Int) throws {
        let columns = text.split(separator: " | ").map { $0.trimmingCharacters(in: .whitespaces) }
        guard columns.count == 7, let method = ValidationMethod(rawValue: columns[3]), ["*", "-"].contains(columns[4]),
            ["allow", "deny"].contains(columns[5])
        else { throw Unreadable(description: "line \(line)") }
        self.line = line
        self.text = columns[0]
        answers = try columns[0].components(separatedBy: " / ").map(Self.answer)
        evaluation = CAAEvaluation(
            authority: Self.authority(columns[1]), account: try Self.account(columns[2]), method: method,
            isWildcard: columns[4] == "*")
        isAllowed = columns[5] == "allow"
        source = columns[6]
    }

    private static func answer(_ text: String) throws -> RelevantSet.Answer {
        switch text {
        case "none": return .records([])
        case "fails": return .failed("SERVFAIL")
        default:
            let named = accounts.reduce(text) { $0.replacingOccurrences(of: $1.key, with: $1.value) }
            return .records(try named.components(separatedBy: " & ").map { try CAARecord(presentation: $0).data })
        }
    }

    private static func authority(_ text: String) -> IssuingAuthority {
        let today = CalendarDate(secondsSince1970: 1_796_000_000)
        guard text != "letsencrypt.org" else { return AuthorityTable.authority(text, on: today) }
        let support: RFC8657Support = text.hasSuffix("?") ? .unknown : text.hasSuffix("-") ? .no : .yes
        let names = text.trimmingCharacters(in: CharacterSet(charactersIn: "?-")).components(separatedBy: ",")
        return IssuingAuthority(identities: names, honoursRFC8657: support)
    }

    private static func account(_ text: String) throws -> CAAEvaluation.Account {
        switch text {
        case "ours": .uri(ours)
        case "other": .other(than: [ours])
        case "new": .new
        default: throw Unreadable(description: "account \(text)")
        }
    }

    /// The verdict, with the answers at `www.example.com` and the names above.
    func verdict() throws -> CAAVerdict {
        let name = try DomainName("www.example.com")
        let names = RelevantSet.names(for: name)
        let given = Dictionary(zip(names, answers)) { first, _ in first }
        let rest = names.dropFirst(answers.count).map { ($0, RelevantSet.Answer.records([])) }
        return evaluation.verdict(for: name, answers: given.merging(rest) { first, _ in first })
    }
}

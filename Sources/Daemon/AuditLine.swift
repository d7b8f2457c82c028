import Delegates
import SQLiteStorage

/// What the operator's command gets of the audit log.
package struct AuditLine: Codable, Hashable, Sendable {
    package var isWhole: Bool
    /// So many entries there are, if it is whole.
    package var entries: Int?
    /// In which they end, in hexadecimal.
    package var digest: String?
    /// Of the entry that is missing or is not the one that was written, if it is not whole.
    package var number: UInt64?
    package var error: String?

    private enum CodingKeys: String, CodingKey {
        case isWhole = "whole"
        case entries, digest, number, error
    }

    init(_ verdict: AuditVerdict) {
        switch verdict {
        case .whole(let count, let digest): (isWhole, entries, self.digest) = (true, count, digest.description)
        case .broken(let number): (isWhole, self.number) = (false, number)
        }
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        isWhole = try container.decodeIfPresent(Bool.self, forKey: .isWhole) ?? false
        entries = try container.decodeIfPresent(Int.self, forKey: .entries)
        digest = try container.decodeIfPresent(String.self, forKey: .digest)
        number = try container.decodeIfPresent(UInt64.self, forKey: .number)
        error = try container.decodeIfPresent(String.self, forKey: .error)
    }
}

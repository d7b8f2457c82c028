import Delegates
import SQLiteStorage

/// What the operator's command gets of the audit log.
package struct AuditLine: Codable, Hashable, Sendable {
    package var isWhole: Bool
    /// So many entries there are, if it is whole.
    package var entries: Int?
    /// Of the last entry if it is whole; or else of the one that is missing, or is not the one that was written.
    package var number: UInt64?
    /// In which the entries end, in hexadecimal.
    package var digest: String?
    package var error: String?

    private enum CodingKeys: String, CodingKey {
        case isWhole = "whole"
        case entries, digest, number, error
    }

    init(_ verdict: AuditVerdict) {
        switch verdict {
        case .whole(let count, let last, let digest):
            (isWhole, entries, number, self.digest) = (true, count, last, digest.description)
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

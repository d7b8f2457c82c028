package import Delegates

/// An account of another server that can become a delegate here.
package struct CheckedAccount: Hashable, Sendable {
    /// The delegate's label below the apex: 1 to 63 of `a-z 0-9 - _`. Servers make UUIDs; operators wrote in names of their own.
    ///
    /// It is in lower case. Two accounts of one database can have labels that differ only in case: the import finds that out.
    package let label: String
    /// At least one.
    package let keys: [Key]
    package let allowedNetworks: AllowedNetworks
    /// The number of entries in its list that are no networks.
    package let droppedNetworkCount: Int
    /// The oldest first. Duplicates are possible.
    package let values: [PublishedValue]
    /// The number of values that no certificate authority looks for.
    package let droppedValueCount: Int
    /// The number of keys that cannot be used.
    package let droppedKeyCount: Int

    package init(
        label: String, keys: [Key], allowedNetworks: AllowedNetworks, droppedNetworkCount: Int = 0, values: [PublishedValue],
        droppedValueCount: Int, droppedKeyCount: Int = 0
    ) {
        self.label = label
        self.keys = keys
        self.allowedNetworks = allowedNetworks
        self.droppedNetworkCount = droppedNetworkCount
        self.values = values
        self.droppedValueCount = droppedValueCount
        self.droppedKeyCount = droppedKeyCount
    }

    package struct Key: Hashable, Sendable {
        package let username: UniqueID
        package let check: KeyCheck
        /// `nil` if that is not known.
        package let created: Timestamp?
        /// `nil` if that is not known, or it never was.
        package let lastUsed: Timestamp?

        package init(username: UniqueID, check: KeyCheck, created: Timestamp? = nil, lastUsed: Timestamp? = nil) {
            self.username = username
            self.check = check
            self.created = created
            self.lastUsed = lastUsed
        }
    }

    package struct PublishedValue: Hashable, Sendable {
        package let value: ChallengeValue
        package let published: Timestamp

        package init(value: ChallengeValue, published: Timestamp) {
            self.value = value
            self.published = published
        }
    }

    /// Why an account cannot be imported, in words for the operator. It contains no secret.
    package struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
        /// The account's name, or the number of its row if the name is not printable.
        package let account: String
        package let reason: String

        package var description: String { "the account \(account): \(reason)" }

        package init(name: String, row: Int64, reason: String) {
            let isPrintable = !name.isEmpty && name.utf8.count <= 255 && name.utf8.allSatisfy { 0x20...0x7E ~= $0 }
            account = isPrintable ? "“\(name)”" : "in row \(row)"
            self.reason = reason
        }
    }

    /// Reads a delegate's label: `nil` if the text is not 1 to 63 letters, digits, “-” and “_”.
    package static func label(_ text: some StringProtocol) -> String? {
        guard 1...63 ~= text.utf8.count else { return nil }
        var label: [UInt8] = []
        for octet in text.utf8 {
            switch octet {
            case 0x41...0x5A: label.append(octet | 0x20)
            case 0x30...0x39, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): label.append(octet)
            default: return nil
            }
        }
        return String(decoding: label, as: UTF8.self)
    }
}

extension Timestamp {
    /// 9999-12-31T23:59:59Z.
    private static let lastSecond: Int64 = 253_402_300_799

    /// Makes a moment of a number in a database, never before 1970 and never after the year 9999. A number elsewhere is a mistake, and
    /// moments are calculated with.
    package init(imported seconds: Int64) {
        self.init(secondsSinceEpoch: min(max(seconds, 0), Self.lastSecond))
    }
}

package import Delegates

/// An acme-dns account that can become one here.
package struct CheckedAccount: Hashable, Sendable {
    package let username: UniqueID
    /// The delegate's label below the apex: 1 to 63 of `a-z 0-9 - _`. acme-dns makes UUIDs; operators wrote in names of their own.
    ///
    /// It is in lower case. Two accounts of one database can have labels that differ only in case: the importer finds that out.
    package let label: String
    package let keyHash: BcryptHash
    package let allowedNetworks: AllowedNetworks
    /// The number of entries in its list that are no networks: acme-dns ignores them.
    package let droppedNetworkCount: Int
    /// The oldest first. acme-dns also keeps duplicates.
    package let values: [PublishedValue]
    /// The number of values that no certificate authority looks for.
    package let droppedValueCount: Int

    package struct PublishedValue: Hashable, Sendable {
        package let value: ChallengeValue
        /// Never before 1970, never after the year 9999.
        package let published: Timestamp
    }

    /// Why an account cannot be imported, in words for the operator. It contains no secret.
    package struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
        /// The account's subdomain, or the number of its row if the subdomain is not printable.
        package let account: String
        package let reason: String

        package var description: String { "the account \(account): \(reason)" }
    }
}

extension AcmeDNSAccount {
    package func checked() -> Result<CheckedAccount, CheckedAccount.Problem> {
        do throws(CheckedAccount.Problem) {
            return .success(try checkedAccount())
        } catch {
            return .failure(error)
        }
    }

    private func checkedAccount() throws(CheckedAccount.Problem) -> CheckedAccount {
        if let problem { throw self.problem(problem) }
        guard let username = UniqueID(username) else { throw self.problem("its user name is not a UUID") }
        guard let label = Self.label(subdomain) else {
            throw self.problem("its subdomain is not a label of 1 to 63 letters, digits, “-” and “_”")
        }
        guard let keyHash = BcryptHash(passwordHash) else {
            throw self.problem("its password hash is not a bcrypt hash with a cost of 4 to 12")
        }
        let networks = try checkedNetworks()
        let values = values.compactMap { value in
            ChallengeValue(value.text).map { CheckedAccount.PublishedValue(value: $0, published: value.published) }
        }
        return CheckedAccount(
            username: username, label: label, keyHash: keyHash, allowedNetworks: networks.allowed,
            droppedNetworkCount: networks.dropped, values: values,
            droppedValueCount: self.values.count - values.count + unreadableValueCount)
    }

    /// acme-dns ignores entries that are no networks, and if none is left, it allows everybody. This is not taken over for a list
    /// that has entries, even if none is readable: it was meant to keep somebody out.
    private func checkedNetworks() throws(CheckedAccount.Problem) -> (allowed: AllowedNetworks, dropped: Int) {
        let entries = allowFrom.filter { !$0.isEmpty }
        let networks = entries.filter { IPNetwork($0) != nil }
        guard entries.isEmpty || !networks.isEmpty else {
            throw problem("none of its allowed networks is in CIDR notation, so acme-dns allows all addresses")
        }
        do {
            return (try AllowedNetworks(networks), entries.count - networks.count)
        } catch {
            throw problem("its allowed networks are not accepted: \(error)")
        }
    }

    private func problem(_ reason: String) -> CheckedAccount.Problem {
        let isPrintable = !subdomain.isEmpty && subdomain.utf8.count <= 255 && subdomain.utf8.allSatisfy { 0x20...0x7E ~= $0 }
        return CheckedAccount.Problem(account: isPrintable ? "“\(subdomain)”" : "in row \(row)", reason: reason)
    }

    private static func label(_ text: String) -> String? {
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

extension AcmeDNSAccount.Value {
    /// 9999-12-31T23:59:59Z. A higher number is a mistake, and moments are calculated with.
    private static let lastSecond: Int64 = 253_402_300_799

    fileprivate var published: Timestamp {
        Timestamp(secondsSinceEpoch: min(max(lastUpdate, 0), Self.lastSecond))
    }
}

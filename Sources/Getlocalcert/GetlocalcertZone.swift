import Delegates
import Importing

/// A zone as it is in a getlocalcert database: a name, with the keys that may publish there. Nothing is checked.
///
/// It contains digests of keys: it must not be logged.
struct GetlocalcertZone: Hashable, Sendable {
    /// The number of the row, counted from 1 in the order of registration.
    let row: Int64
    /// With its final dot.
    let name: String
    /// Whether values are answered at the name itself; else they are at `_acme-challenge` below it.
    let isDelegate: Bool
    /// In the order in which they were made.
    var keys: [Key] = []
    /// The oldest first.
    var values: [Value] = []

    struct Key: Hashable, Sendable {
        var id: String
        var hash: [UInt8]
        /// In seconds since 1970.
        var created: Int64?
        /// In seconds since 1970; `nil` if it was never used.
        var lastUsed: Int64?
    }

    struct Value: Hashable, Sendable {
        var text: String
        /// In seconds since 1970.
        var time: Int64
    }
}

extension GetlocalcertZone {
    func checked() -> Result<CheckedAccount, CheckedAccount.Problem> {
        do throws(CheckedAccount.Problem) {
            return .success(try checkedAccount())
        } catch {
            return .failure(error)
        }
    }

    private func checkedAccount() throws(CheckedAccount.Problem) -> CheckedAccount {
        // The rest of the name is getlocalcert's own zone; those that the acme-dns API makes are all below localhostcert.net.
        let labels = name.split(separator: ".", maxSplits: 1)
        guard labels.count == 2, let label = CheckedAccount.label(labels[0]) else {
            throw problem("its name does not begin with a label of 1 to 63 letters, digits, “-” and “_”")
        }
        guard isDelegate else {
            throw problem("its values are at _acme-challenge below its name, and a delegate has them at its name itself")
        }
        let keys = keys.compactMap(\.checked)
        guard !keys.isEmpty else {
            throw problem(
                self.keys.isEmpty
                    ? "it has no key, so nobody could publish there" : "none of its keys has a UUID and a SHA-256 hash")
        }
        let values = values.compactMap { value in
            ChallengeValue(value.text).map {
                CheckedAccount.PublishedValue(value: $0, published: Timestamp(imported: value.time))
            }
        }
        return CheckedAccount(
            // getlocalcert accepts a key from everywhere.
            label: label, keys: keys, allowedNetworks: .all, values: values,
            droppedValueCount: self.values.count - values.count, droppedKeyCount: self.keys.count - keys.count)
    }

    private func problem(_ reason: String) -> CheckedAccount.Problem {
        CheckedAccount.Problem(name: name.hasSuffix(".") ? String(name.dropLast()) : name, row: row, reason: reason)
    }
}

extension GetlocalcertZone.Key {
    /// The number of octets of a SHA-256 hash.
    private static let hashLength = 32

    /// `nil` if it cannot be used.
    fileprivate var checked: CheckedAccount.Key? {
        guard let username = UniqueID(id), hash.count == Self.hashLength else { return nil }
        return CheckedAccount.Key(
            username: username, check: .digest(KeyDigest(octets: hash)), created: created.map { Timestamp(imported: $0) },
            lastUsed: lastUsed.map { Timestamp(imported: $0) })
    }
}

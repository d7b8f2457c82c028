import Delegates
package import Importing

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
        guard let label = CheckedAccount.label(subdomain) else {
            throw self.problem("its subdomain is not a label of 1 to 63 letters, digits, “-” and “_”")
        }
        guard let keyHash = BcryptHash(passwordHash) else {
            throw self.problem("its password hash is not a bcrypt hash with a cost of 4 to 12")
        }
        let networks = try checkedNetworks()
        let values = values.compactMap { value in
            ChallengeValue(value.text).map {
                CheckedAccount.PublishedValue(value: $0, published: Timestamp(imported: value.lastUpdate))
            }
        }
        return CheckedAccount(
            label: label, keys: [CheckedAccount.Key(username: username, check: .bcrypt(keyHash))],
            allowedNetworks: networks.allowed,
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
        CheckedAccount.Problem(name: subdomain, row: row, reason: reason)
    }
}

import DNS
import Daemon
import Delegates
import Sockets

/// Whether an answer can be the value of a key, in the words of `config check`.
enum AnswerCheck {
    /// - Returns: what is wrong; `nil` if all values can be.
    static func problem(of values: [String], for key: String, option: String) -> String? {
        if values.contains("") { return "“\(key)” is empty" }
        var entries = ConfigurationEntries()
        // What a configuration must have, so that only the answer can be wrong.
        for (key, value) in [
            ("zones", "zone.example"), ("nameservers", "ns.example"), ("contact", "a@example.net"),
            ("nameserver.listen", "127.0.0.1:0"), ("webserver.listen", "127.0.0.1:0"), ("metrics.listen", "127.0.0.1:0"),
            ("dnssec.resolvers", "127.0.0.1:53"),
        ] { entries.add(option: "skeleton", for: key, values: [value]) }
        entries.add(option: option, for: key, values: values)
        do throws(ConfigurationProblems) {
            _ = try Configuration(entries, processors: 1)
            return nil
        } catch {
            return error.all.first { $0.origin == .option(name: option) }?.text
        }
    }

    /// - Returns: why no name server can be found there; `nil` if one may.
    static func problem(ofAddresses values: [String]) -> String? {
        var known: Set<IPAddress> = []
        for value in values {
            guard let address = IPAddress(value) else {
                return "“\(value)” is not an address like 192.0.2.53 or 2001:db8::53"
            }
            guard AddressScope(address) != .unusable else {
                return "\(value) is not the address of a single machine that others could reach"
            }
            guard known.insert(address).inserted else { return "\(value) is given twice" }
        }
        return values.isEmpty ? "give at least one address" : nil
    }
}

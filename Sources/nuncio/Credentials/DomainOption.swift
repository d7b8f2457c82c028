import ArgumentParser
import Delegates
import Foundation

/// The domain for which certificates are wanted, as an option of commands: in front of it `_acme-challenge` is put.
enum DomainOption {
    /// How clients look a domain up: in lower case and without a final dot.
    static func normalized(_ domain: String) -> String {
        (domain.hasSuffix(".") ? String(domain.dropLast()) : domain).lowercased()
    }

    /// - Returns: the domain in the form in which clients look it up.
    /// - Throws: `ValidationError` with what is wrong, and what would be right.
    static func checked(_ given: String) throws -> String {
        let name = normalized(given)
        func wrong(_ reason: String) -> ValidationError { ValidationError("“\(given)” \(reason)") }
        if let scheme = name.range(of: "://") {
            let host = name[scheme.upperBound...].prefix { !"/:?#".contains($0) }
            throw wrong("is a URL: give the domain in it alone\(host.isEmpty ? "" : ", \(host)")")
        }
        if name.hasPrefix("*.") {
            throw wrong("is a wildcard: give \(name.dropFirst(2)), whose record is for its wildcard, too")
        }
        let label = "_acme-challenge"
        if name == label || name.hasPrefix(label + ".") {
            let domain = name.dropFirst(label.count + 1)
            throw wrong("is the name of the record: give the domain itself\(domain.isEmpty ? "" : ", \(domain)")")
        }
        guard IPAddress(name) == nil, IPAddress(name.trimmingPrefix("[").prefix { $0 != "]" }) == nil else {
            throw wrong("is an address: dns-01 is for names")
        }
        guard name.utf8.allSatisfy({ $0 < 0x80 }) else {
            throw wrong("is not in ASCII: give it in its xn-- form, which “idn2” prints")
        }
        guard name.utf8.count <= 253,
            name.wholeMatch(of: /([a-z0-9_]([a-z0-9_\-]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_\-]{0,61}[a-z0-9_])?/) != nil
        else { throw wrong("is not a domain like example.com") }
        return name
    }
}

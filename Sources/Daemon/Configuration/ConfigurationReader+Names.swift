import DNS
import Delegates
import Sockets

/// Names, and values that contain names.
extension ConfigurationReader {
    /// The maximum length of a zone's name, in octets. A longer one leaves no room for a delegate's label and an underscore label below
    /// it.
    private static var maximumZoneLength: Int { 200 }

    /// The names of a list that must be present. Each must be a name that a host could have.
    mutating func names(_ key: ConfigurationKey, underscores: HostName.Underscores = .nowhere) -> [DomainName] {
        guard let entry = entries[key], !entry.values.isEmpty else {
            reportMissing(key, ": give at least one name")
            return []
        }
        var names: [DomainName] = []
        for item in entry.values {
            do {
                let name = try HostName(item.text, underscores: underscores).domainName
                if names.contains(name) {
                    report("“\(key.name)”: \(name) is given twice", at: item.origin)
                } else if name.wire.count > Self.maximumZoneLength {
                    report("“\(key.name)”: \(name) must be a name of at most \(Self.maximumZoneLength) octets", at: item.origin)
                } else {
                    names.append(name)
                }
            } catch {
                let isAddress = key == .nameservers && IPAddress(item.text) != nil
                let hint = isAddress ? ": give the name server’s name, and its address in “records”" : ""
                report("“\(key.name)”: \(error)\(hint)", at: item.origin)
            }
        }
        return names
    }

    /// The names for which queries are logged. They need not be names of hosts: `_acme-challenge.example.net` is allowed.
    mutating func queryNames() -> [DomainName] {
        var names: [DomainName] = []
        for item in entries[.loggedQueryNames]?.values ?? [] {
            do {
                names.append(try DomainName(asked: item.text))
            } catch {
                report("“\(ConfigurationKey.loggedQueryNames.name)”: \(error)", at: item.origin)
            }
        }
        return names
    }

    /// The mailbox as the SOA record writes it: the part before the @ is one label (RFC 1035 section 8).
    mutating func mailbox() -> DomainName? {
        guard let text = text(.contact, default: nil) else { return nil }
        do {
            return try Self.mailbox(text)
        } catch {
            report(
                "“contact” must be a mail address like hostmaster@example.net, not “\(text)”: \(error)",
                at: entries[.contact]?.origin)
            return nil
        }
    }

    static func mailbox(_ text: String) throws(PresentationError) -> DomainName {
        guard let at = text.lastIndex(of: "@") else { throw PresentationError("there is no “@” in it") }
        let local = text[..<at]
        let domain = try HostName(text[text.index(after: at)...])
        let words = local.split(separator: ".", omittingEmptySubsequences: false)
        guard words.allSatisfy({ !$0.isEmpty }) else {
            throw PresentationError(
                "before the “@” there is nothing, or a dot at an end, or two dots in a row (RFC 5321 section 4.1.2)")
        }
        guard local.utf8.allSatisfy({ $0 == UInt8(ascii: ".") || isOfAtom($0) }) else {
            throw PresentationError(
                "before the “@”, use letters, digits, dots and !#$%&'*+-/=?^_`{|}~ of ASCII (RFC 5321 section 4.1.2)")
        }
        guard let name = domain.domainName.prepending(label: local.utf8) else {
            throw PresentationError("the SOA record has room for 63 octets before the “@”, and for 253 in all")
        }
        return name
    }

    /// Whether an octet can be in an atom (RFC 5322 section 3.2.3).
    private static func isOfAtom(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-/=?^_`{|}~".utf8.contains(octet)
        }
    }

    /// - Returns: `nil` if the URL is to be made from the API's first address.
    /// - Parameter isEncrypted: whether the API speaks TLS.
    mutating func publicURL(isEncrypted: Bool) -> String? {
        guard let entry = entries[.publicURL] else {
            if let first = entries[.webserverListen]?.values.first.flatMap({ Endpoint($0.text) }), first.isAnyAddress {
                report("“\(ConfigurationKey.publicURL.name)” is missing: \(first) is not an address that clients could use")
            }
            return nil
        }
        guard let text = text(.publicURL, default: "") else { return nil }
        do {
            let url = try PublicURL(text).text
            if isEncrypted, url.hasPrefix("http:") {
                report(
                    "“\(ConfigurationKey.publicURL.name)” begins with http://, but “\(ConfigurationKey.webserverTLS.mode.name)” "
                        + "makes the API speak TLS: begin it with https://", at: entry.origin)
            }
            return url
        } catch {
            report(
                "“\(ConfigurationKey.publicURL.name)” must be a URL like https://auth.example.net: \(error)", at: entry.origin)
            return nil
        }
    }
}

extension Endpoint {
    /// Why no server can listen there, whatever machine it is on; `nil` if one may.
    var reasonNotToListen: String? {
        switch host {
        case .v4(let address):
            // Class D, and class E with the broadcast address.
            return address.number >> 28 >= 0xE ? "is not the address of a single machine" : nil
        case .v6(let address):
            if address.high >> 56 == 0xFF { return "is not the address of a single machine" }
            // fe80::/10.
            if address.high >> 54 == 0x3FA {
                return "is a link-local address, which needs an interface and cannot be given here"
            }
            return address.mappedIPv4.map { "is an IPv4 address: write \($0):\(port)" }
        }
    }
}

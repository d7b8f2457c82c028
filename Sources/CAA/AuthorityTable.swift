/// What is known of certificate authorities, as of a day. docs/caa.md has the same table, which a test compares.
package enum AuthorityTable {
    package static let asOf = CalendarDate(2026, 11, 30)
    /// From this day on, all publicly trusted authorities must honour RFC 8657 (CA/Browser Forum, ballot SC-098v2).
    package static let obligation = CalendarDate(2027, 3, 15)

    package struct Entry: Hashable, Sendable {
        /// The authority's name for people.
        package let name: String
        /// Its names in CAA records.
        package let identities: [String]
        /// The first day of which it is certain that the authority honours RFC 8657; `nil` if none before ``obligation`` is.
        package let honoursSince: CalendarDate?
        /// Where that is said; empty if it is not known.
        package let source: String
        /// The forms of its accounts' URIs; empty if that is not known for certain. The identities are all that it has if it is not empty.
        package let accountForms: [AccountForm]
        /// The forms of the accounts in its environment for tests; empty if it has none or that is not known for certain.
        package let stagingForms: [AccountForm]

        package func support(on date: CalendarDate) -> RFC8657Support {
            date >= min(honoursSince ?? obligation, obligation) ? .yes : .unknown
        }
    }

    package static let entries: [Entry] = [
        Entry(
            name: "Let’s Encrypt", identities: ["letsencrypt.org"], honoursSince: CalendarDate(2022, 12, 31),
            source: "both parameters in production since December 2022; https://letsencrypt.org/docs/caa/",
            accountForms: [
                AccountForm(prefixes: [
                    "https://acme-v02.api.letsencrypt.org/acme/acct/", "https://acme-v01.api.letsencrypt.org/acme/reg/",
                ])
            ],
            stagingForms: [AccountForm(prefixes: ["https://acme-staging-v02.api.letsencrypt.org/acme/acct/"])]),
        unknown("Amazon Trust Services", "amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"),
        unknown("DigiCert", "digicert.com", "www.digicert.com"),
        unknown("GlobalSign", "globalsign.com"),
        unknown("GoDaddy", "godaddy.com", "starfieldtech.com"),
        unknown("Google Trust Services", "pki.goog"),
        unknown("Sectigo, also for ZeroSSL", "sectigo.com"),
        unknown("SSL.com", "ssl.com"),
    ]

    private static func unknown(_ name: String, _ identities: String...) -> Entry {
        Entry(name: name, identities: identities, honoursSince: nil, source: "", accountForms: [], stagingForms: [])
    }

    /// - Returns: `nil` if the authority is not in the table.
    package static func entry(for identity: String) -> Entry? { entries.first { $0.identities.contains(identity) } }

    /// Returns an authority as it is on a day. One that is not in the table has this one name, and counts as publicly trusted: it must honour
    /// RFC 8657 from ``obligation`` on, and before that nothing is known.
    ///
    /// - Parameter isStaging: Whether its environment for tests is meant, whose accounts have other URIs.
    package static func authority(_ identity: String, on date: CalendarDate, isStaging: Bool = false) -> IssuingAuthority {
        guard let entry = entry(for: identity) else {
            return IssuingAuthority(identities: [identity], honoursRFC8657: date >= obligation ? .yes : .unknown)
        }
        return IssuingAuthority(
            identities: entry.identities, honoursRFC8657: entry.support(on: date),
            accountForms: isStaging ? entry.stagingForms : entry.accountForms)
    }
}

import Authority
import DNS
import Delegates
import SystemErrors

/// The certificate that the server obtains for itself.
extension ConfigurationReader {
    /// The directory of Let's Encrypt.
    static let defaultDirectory = "https://acme-v02.api.letsencrypt.org/directory"

    /// The maximum number of names in the certificate: authorities have limits of 100, and each needs a validation.
    private static let maximumNames = 50

    /// The TTL of the record that leads from a name of the server's own zone to its delegate, in seconds.
    private static let challengeTTL: UInt32 = 3600

    /// Whether any door has the certificate that the server obtains.
    private var wantsCertificate: Bool {
        [ConfigurationKey.webserverTLS.mode, ConfigurationKey.operatorTLS.mode].contains {
            entries[$0]?.values.first?.text == TLSMode.acme.rawValue
        }
    }

    /// The certificate's names with their delegates; empty if no door has the certificate, or there is a problem with it.
    ///
    /// - Parameter zone: the zone in which delegates are enrolled.
    mutating func ownDelegates(in zone: DomainName) -> [OwnDelegate] {
        guard wantsCertificate else { return [] }
        var names: [DomainName] = []
        if entries[.acmeNames] != nil {
            names = self.names(.acmeNames)
        } else if let host = entries[.publicURL]?.values.first.flatMap({ try? PublicURL($0.text).host }) {
            names = [host]
        } else {
            reportMissing(
                .acmeNames,
                ": give the names of the certificate, or a “\(ConfigurationKey.publicURL.name)” with a name as its host")
        }
        if names.count > Self.maximumNames {
            report(
                "“\(ConfigurationKey.acmeNames.name)” has \(names.count) names, and a certificate can have \(Self.maximumNames)",
                at: entries[.acmeNames]?.origin)
            return []
        }
        return names.compactMap { host in
            let delegate = OwnDelegate(for: host, in: zone)
            guard let delegate, delegate.challengeName != nil else {
                report(
                    "“\(ConfigurationKey.acmeNames.name)”: \(host) is too long for a certificate",
                    at: entries[.acmeNames]?.origin)
                return nil
            }
            return delegate
        }
    }

    /// The records that lead from names of the server's own zones to their delegates.
    ///
    /// - Parameter fileZones: the zones whose records are in files, and are the operator's alone.
    func challengeRecords(
        of delegates: [OwnDelegate], apexes: [DomainName], fileZones: [Zone]
    ) -> [ResourceRecord] {
        delegates.compactMap { delegate in
            let zones = apexes.map { (apex: $0, isFile: false) } + fileZones.map { (apex: $0.apex, isFile: true) }
            let closest = zones.filter { delegate.host.isAtOrBelow($0.apex) }.max { $0.apex.labelCount < $1.apex.labelCount }
            guard let closest, !closest.isFile, let owner = delegate.challengeName else { return nil }
            return ResourceRecord(owner: owner, ttl: Self.challengeTTL, data: .cname(delegate.name))
        }
    }

    /// - Returns: `nil` if no door has the certificate.
    mutating func acme(_ delegates: [OwnDelegate], folder: String) -> Configuration.ObtainedCertificate? {
        guard wantsCertificate else {
            for key in ConfigurationKey.acme {
                guard let entry = entries[key] else { continue }
                report(
                    "“\(key.name)” has no effect unless “\(ConfigurationKey.webserverTLS.mode.name)” is acme", at: entry.origin)
            }
            return nil
        }
        let acceptsTerms = boolean(.acmeTerms, default: false)
        if !acceptsTerms {
            warn(
                "“\(ConfigurationKey.acmeTerms.name)” is not true, so no certificate is obtained: once the server runs, "
                    + "“nuncio certificate status” says where the authority’s terms of service are; read them, then accept them",
                at: entries[.acmeTerms]?.origin)
        }
        return Configuration.ObtainedCertificate(
            acceptsTerms: acceptsTerms, directory: directory(),
            directoryRoots: entries[.acmeRoots] == nil ? nil : text(.acmeRoots, default: nil), contact: acmeContact(),
            delegates: delegates, externalAccount: externalAccount(),
            profile: entries[.acmeProfile] == nil ? nil : text(.acmeProfile, default: nil), folder: folder)
    }

    private mutating func directory() -> String {
        guard let entry = entries[.acmeDirectory] else { return Self.defaultDirectory }
        let text = text(.acmeDirectory, default: "") ?? ""
        guard (try? PublicURL(text)) != nil, text.lowercased().hasPrefix("https://") else {
            report(
                "“\(ConfigurationKey.acmeDirectory.name)” must be a URL like \(Self.defaultDirectory), not “\(text)”",
                at: entry.origin)
            return Self.defaultDirectory
        }
        return text
    }

    private mutating func acmeContact() -> String {
        if let entry = entries[.acmeContact] {
            let text = text(.acmeContact, default: "") ?? ""
            guard text.hasPrefix("mailto:"), (try? Self.mailbox(String(text.dropFirst("mailto:".count)))) != nil else {
                report(
                    "“\(ConfigurationKey.acmeContact.name)” must be like mailto:hostmaster@example.net, not “\(text)”",
                    at: entry.origin)
                return ""
            }
            return text
        }
        return "mailto:" + (entries[.contact]?.values.first?.text ?? "")
    }

    private mutating func externalAccount() -> Configuration.ExternalAccount? {
        guard entries[.acmeKeyID] != nil || entries[.acmeKeyFile] != nil else { return nil }
        guard let keyID = text(.acmeKeyID, default: nil), let keyFile = text(.acmeKeyFile, default: nil) else { return nil }
        if let obstacle = SystemError.obstacle(to: .reading, keyFile) {
            report(
                "“\(ConfigurationKey.acmeKeyFile.name)”: “\(keyFile)” cannot be read: \(obstacle)",
                at: entries[.acmeKeyFile]?.origin)
        }
        return Configuration.ExternalAccount(keyID: keyID, keyFile: keyFile)
    }
}

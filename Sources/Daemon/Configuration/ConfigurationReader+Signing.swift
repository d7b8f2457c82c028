import Authority
import DNS
import DNSSEC
import Foundation
import Sealing
import Signing
import Sockets

/// Whether zones are signed.
enum SigningMode: String, CaseIterable {
    case on
    case off
}

/// Where private keys are.
enum PrivateKeyPlace: String, CaseIterable {
    /// In the key folder, where they are made.
    case folder
    /// In the folder where systemd puts credentials.
    case credentials
}

/// The keys that a new zone gets.
enum KeyScheme: String, CaseIterable {
    /// The default: both keys would be in the same process. One is fewer rollovers, and 80 octets less for each DNSKEY response.
    case combined = "csk"
    case split = "ksk-zsk"
}

extension ConfigurationReader {
    mutating func signing(storage: Configuration.Storage, state: StateFiles) -> Configuration.Signing {
        let mode: SigningMode = choice(.signingMode, default: .on)
        let scheme: KeyScheme = choice(.keyScheme, default: .combined)
        let days = number(.zoneKeyDays, default: 90)
        var algorithm = SigningAlgorithm.ecdsaP256SHA256
        if let entry = entries[.signingAlgorithm] {
            let text = entry.values.first?.text ?? ""
            if let known = SigningAlgorithm(name: text) {
                algorithm = known
            } else {
                let names = SigningAlgorithm.allCases.map(\.name).joined(separator: ", ")
                report("“dnssec.algorithm” must be one of \(names), not “\(text)”", at: entry.origin)
            }
        }
        let keyFolder = text(.keyFolder, default: state.keyFolder) ?? ""
        if keyFolder == storage.sqlitePath, !keyFolder.isEmpty {
            report("“dnssec.key-folder” is the storage’s file: give the path of a folder", at: entries[.keyFolder]?.origin)
        }
        return Configuration.Signing(
            isOn: mode == .on, keyFolder: keyFolder,
            sealingKey: sealingKey(isShared: storage.isShared, isNeeded: mode == .on), credentialsPath: credentialsPath(),
            hasSplitKeys: scheme == .split, algorithm: algorithm,
            zoneKeyLifetime: days == 0 ? nil : .seconds(days * 86_400), resolvers: resolvers(),
            signaturesPerSecond: number(.signaturesPerSecond, default: SigningOnDemand.defaultPerSecond))
    }

    /// - Returns: an empty text if there are no credentials: only the service gets them, and others may look at its configuration.
    private mutating func credentialsPath() -> String? {
        let place: PrivateKeyPlace = choice(.privateKeys, default: .folder)
        return place == .folder ? nil : ProcessInfo.processInfo.environment["CREDENTIALS_DIRECTORY"] ?? ""
    }

    /// The key with which nodes seal what they share.
    ///
    /// - Parameters:
    ///   - isShared: whether other nodes use the same storage.
    ///   - isNeeded: whether they have something to share for certain.
    private mutating func sealingKey(isShared: Bool, isNeeded: Bool) -> SealingKey? {
        let key = ConfigurationKey.sealingKeyFile
        let command = "openssl rand -hex 32"
        guard let entry = entries[key], let path = text(key, default: nil) else {
            if isShared, isNeeded, entries[key] == nil, !entries.misread.contains(key) {
                report(
                    "“\(key.name)” is missing: nodes sign with the same keys, which the database has only sealed with a key that each node has in "
                        + "a file (\(command)); or set “dnssec.mode: off”", at: entries[.postgresqlConnection]?.origin)
            }
            return nil
        }
        guard isShared else {
            report(
                "“\(key.name)” is for nodes that share a database: give “storage.postgresql.connection”, too", at: entry.origin)
            return nil
        }
        guard let digits = secret(key, at: path, entry.origin) else { return nil }
        guard let sealing = SealingKey(digits: digits) else {
            report(
                "“\(key.name)”: “\(path)” must have \(SealingKey.digitCount) hexadecimal digits: \(command) > \(path)",
                at: entry.origin)
            return nil
        }
        return sealing
    }

    private mutating func resolvers() -> [Endpoint] {
        guard entries[.resolvers] != nil else { return SystemResolvers.all }
        let resolvers = list(.resolvers, "an address and a port like 127.0.0.53:53") { Endpoint($0) }
        for (resolver, origin) in resolvers where resolver.port == 0 || resolver.isAnyAddress {
            report(
                "“dnssec.resolvers”: no resolver can be asked at \(resolver): give an address and a port like 127.0.0.53:53",
                at: origin)
        }
        return resolvers.map(\.value)
    }

    /// Reports settings that exclude signing.
    mutating func checkSigning(_ zones: Zones?, _ nameserver: Configuration.Nameserver) {
        if !nameserver.transferNetworks.isEmpty {
            report(
                "“nameserver.allow-transfer” cannot be used with “dnssec.mode: on”: a copy of a zone elsewhere has no keys, so it could "
                    + "prove nothing, and resolvers would treat its answers as forged", at: entries[.transferNetworks]?.origin)
        }
        for zone in zones?.all ?? [] {
            for type in Self.madeTypes where zone.hasRecords(of: type) {
                report(
                    "the zone \(zone.apex) has \(type) records, which are made here: leave them out, and give "
                        + "the zone as it is before it is signed, or set “dnssec.mode: off”")
            }
        }
    }

    /// The types whose records are made in a signed zone: RRSIG, NSEC, DNSKEY, NSEC3, NSEC3PARAM, CDS, CDNSKEY.
    private static var madeTypes: [RecordType] {
        [.rrsig, .nsec, .dnskey, .nsec3, .nsec3param, .cds, .cdnskey]
    }
}

package import DNS
package import Delegates

// The texts and numbers as which databases store values.

extension DomainName {
    /// A name as databases store it: lower case, no final dot.
    package var storedText: String { lowercased.withoutFinalDot }
}

extension ChangeSequence {
    /// - Throws: ``StorageError`` if the number cannot have been written by this program.
    package init(stored number: Int64) throws(StorageError) {
        guard 0..<Int64.max ~= number else {
            throw .damaged("a change cannot have the number \(number)")
        }
        self.init(UInt64(number))
    }
}

extension OperatorLabel {
    /// - Throws: ``StorageError/unavailable(_:)``: a refusal would be taken for a rule's.
    package init(stored text: String) throws(StorageError) {
        guard let label = try? OperatorLabel(text) else { throw .damaged("“\(text)” is not a label") }
        self = label
    }
}

extension DeclaredDomain {
    /// - Throws: ``StorageError/unavailable(_:)``: a refusal would be taken for a rule's.
    package init(stored text: String) throws(StorageError) {
        guard let domain = try? DeclaredDomain(text) else { throw .damaged("“\(text)” is not a domain") }
        self = domain
    }
}

extension UniqueID {
    /// - Throws: ``StorageError``.
    package init(storedUsername text: String) throws(StorageError) {
        guard let username = UniqueID(text) else { throw .damaged("“\(text)” is not a user name") }
        self = username
    }
}

extension IPNetwork {
    /// - Throws: ``StorageError``.
    package init(stored text: String) throws(StorageError) {
        guard let network = IPNetwork(text) else { throw .damaged("“\(text)” is no network") }
        self = network
    }
}

extension AllowedNetworks {
    /// The networks as databases store them, with blanks between.
    package var storedText: String { texts.joined(separator: " ") }

    package init(storedText text: String) {
        self = text.isEmpty ? .all : AllowedNetworks(stored: text.split(separator: " ").map(String.init))
    }
}

extension KeyCheck {
    /// - Parameters:
    ///   - digest: the octets of a digest; `nil` if the key is checked in another way.
    ///   - hash: the text of a bcrypt hash.
    package init(storedDigest digest: [UInt8]?, hash: String?, of username: UniqueID) throws(StorageError) {
        if let digest {
            self = .digest(KeyDigest(octets: digest))
        } else if let hash = BcryptHash(hash ?? "") {
            self = .bcrypt(hash)
        } else {
            throw .damaged("the key of “\(username)” cannot be checked")
        }
    }

    /// What a database stores: one of the two is there.
    package var stored: (digest: [UInt8]?, hash: String?) {
        switch self {
        case .digest(let digest): (digest.octets, nil)
        case .bcrypt(let hash): (nil, hash.text)
        }
    }
}

extension DomainRecord.Look {
    /// - Parameters:
    ///   - verdict: as ``DomainCheck/Verdict`` spells it.
    ///   - findings: as ``DomainRecord/storedFindings`` has them.
    package init(storedAt time: Timestamp, verdict: String, findings: String, domain: String) throws(StorageError) {
        guard let verdict = DomainCheck.Verdict(rawValue: verdict), let findings = Self.findings(findings) else {
            throw .damaged("the verdict on “\(domain)” cannot be read")
        }
        self.init(time: time, verdict: verdict, findings: findings)
    }

    private static func findings(_ text: String) -> [DomainCheck.Finding]? {
        let findings = text.split(separator: " ").map { part -> DomainCheck.Finding? in
            let parts = part.split(separator: ":")
            guard parts.count == 2, let status = DomainCheck.Finding.Status(rawValue: String(parts[1])) else { return nil }
            return DomainCheck.Finding(check: String(parts[0]), status: status)
        }
        return findings.contains(nil) ? nil : findings.compactMap(\.self)
    }
}

extension DomainRecord {
    /// The findings of the last look, like “cname:error caa-wildcard:warning”.
    package var storedFindings: String {
        (lastLook?.findings ?? []).map { "\($0.check):\($0.status.rawValue)" }.joined(separator: " ")
    }
}

extension StorageError {
    /// The error for what this program cannot have written.
    package static func damaged(_ what: String) -> StorageError { .unavailable("\(what): the storage is damaged") }
}

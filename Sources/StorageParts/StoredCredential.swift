import DNS
import Delegates
import Foundation

/// A credential as JSON.
struct StoredCredential: Codable {
    var delegate: String?
    var group: String?
    var sha256: Data?
    var bcrypt: String?
    var label: String
    var networks: [String]
    var created: Int64
    var expires: Int64?
    var used: Int64?
    var usedFrom: String?

    init(_ credential: Credential) {
        delegate = credential.delegate?.storedText
        group = credential.group?.description
        switch credential.check {
        case .digest(let digest): sha256 = Data(digest.octets)
        case .bcrypt(let hash): bcrypt = hash.text
        }
        label = credential.label
        networks = credential.allowedNetworks.texts
        created = credential.created.secondsSinceEpoch
        expires = credential.expires?.secondsSinceEpoch
        used = credential.lastUse?.time.secondsSinceEpoch
        usedFrom = credential.lastUse?.address
    }

    /// The JSON object, as `JSONEncoder` makes it in ten times the time: each enrolment writes one.
    var json: String {
        func text(_ name: String, _ value: String?) -> String? { value.map { "\"\(name)\":\(Self.quoted($0))" } }
        func number(_ name: String, _ value: Int64?) -> String? { value.map { "\"\(name)\":\($0)" } }
        let members = [
            text("delegate", delegate), text("group", group), text("sha256", sha256?.base64EncodedString()),
            text("bcrypt", bcrypt), text("label", label),
            "\"networks\":[\(networks.map(Self.quoted).joined(separator: ","))]",
            number("created", created), number("expires", expires), number("used", used), text("usedFrom", usedFrom),
        ]
        return "{\(members.compactMap(\.self).joined(separator: ","))}"
    }

    /// A string of JSON (RFC 8259 section 7).
    private static func quoted(_ text: String) -> String {
        var octets = [UInt8(ascii: "\"")]
        for octet in text.utf8 {
            switch octet {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): octets += [UInt8(ascii: "\\"), octet]
            case ..<0x20:
                let digits = String(octet, radix: 16)
                octets += Array((octet < 0x10 ? "\\u000" : "\\u00").utf8) + Array(digits.utf8)
            default: octets.append(octet)
            }
        }
        return String(decoding: octets + [UInt8(ascii: "\"")], as: UTF8.self)
    }

    func credential(_ username: UniqueID) -> Credential? {
        let check =
            sha256.map { KeyCheck.digest(KeyDigest(octets: Array($0))) }
            ?? bcrypt.flatMap { BcryptHash($0) }.map { .bcrypt($0) }
        let scope =
            delegate.flatMap { try? DomainName($0) }.map { Credential.Scope.delegate($0) }
            ?? group.flatMap { try? OperatorLabel($0) }.map { .group($0) }
        guard let check, let scope else { return nil }
        return Credential(
            username: username, check: check, scope: scope, label: label, allowedNetworks: AllowedNetworks(stored: networks),
            created: Timestamp(secondsSinceEpoch: created), expires: expires.map { Timestamp(secondsSinceEpoch: $0) },
            lastUse: used.map { Credential.Use(time: Timestamp(secondsSinceEpoch: $0), address: usedFrom) })
    }
}

/// A registration token as JSON.
struct StoredToken: Codable {
    var sha256: Data
    var created: Int64
    var expires: Int64?
    var revoked: Int64?
    var quota: Int?
    var used: Int

    init(_ token: RegistrationToken) {
        sha256 = Data(token.digest.octets)
        created = token.created.secondsSinceEpoch
        expires = token.expires?.secondsSinceEpoch
        revoked = token.revoked?.secondsSinceEpoch
        quota = token.quota
        used = token.used
    }

    func token(_ label: OperatorLabel) -> RegistrationToken {
        RegistrationToken(
            label: label, digest: KeyDigest(octets: Array(sha256)), created: Timestamp(secondsSinceEpoch: created),
            expires: expires.map { Timestamp(secondsSinceEpoch: $0) },
            revoked: revoked.map { Timestamp(secondsSinceEpoch: $0) },
            quota: quota, used: used)
    }
}

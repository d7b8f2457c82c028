import Crypto
package import FoundationEssentials
import SwiftASN1
import X509

/// What a certificate itself says: its names, its times, its key. An order may have said something else.
package struct LeafCertificate: Hashable, Sendable {
    package let der: [UInt8]
    package let notBefore: Date
    package let notAfter: Date
    /// The DNS names, in lower case.
    package let names: Set<String>
    /// The certificate's name in renewal information and in orders (RFC 9773 section 4.1); `nil` if it names no issuer's key.
    package let renewalID: String?
    /// The point of a key of P-256; `nil` if the key is of another kind, and so none of ours.
    private let publicKey: [UInt8]?

    /// - Throws: the errors of swift-asn1 and swift-certificates.
    init(_ der: [UInt8]) throws {
        let certificate = try Certificate(derEncoded: der)
        self.der = der
        notBefore = certificate.notValidBefore
        notAfter = certificate.notValidAfter
        names = Set(
            (try certificate.extensions.subjectAlternativeNames ?? SubjectAlternativeNames()).compactMap { name in
                guard case .dnsName(let name) = name else { return nil }
                return name.lowercased()
            })
        publicKey = P256.Signing.PublicKey(certificate.publicKey).map { Array($0.rawRepresentation) }
        renewalID = (try certificate.extensions.authorityKeyIdentifier)?.keyIdentifier.map {
            Self.renewalID(issuerKey: $0, serial: certificate.serialNumber.bytes)
        }
    }

    /// The serial number counts as DER has it: with a zero in front if the first bit is set.
    private static func renewalID(issuerKey: ArraySlice<UInt8>, serial: ArraySlice<UInt8>) -> String {
        let number = serial.drop { $0 == 0 }
        let content = (number.first.map { $0 >= 0x80 } ?? true) ? [0] + number : Array(number)
        return "\(Base64URL.text(of: issuerKey)).\(Base64URL.text(of: content))"
    }

    /// The SHA-256 digest of the certificate, in base64url.
    var digest: String { Base64URL.text(of: SHA256.hash(data: der)) }

    /// The time for which the certificate is valid, in seconds.
    package var lifetime: TimeInterval { notAfter.timeIntervalSince(notBefore) }

    /// Why a certificate cannot be used.
    package enum Fault: Error, Hashable, Sendable {
        /// Names that it does not have, sorted.
        case lacksNames([String])
        case otherKey
        case expired
        case notYetValid
    }

    /// How far this machine's clock may be slow: a day. Clients judge by theirs.
    private static let tolerance: TimeInterval = 86_400

    /// - Parameter names: in lower case.
    /// - Returns: why it cannot be used for the names with the key at a moment; `nil` if it can.
    package func fault(for names: [String], key: SignatureKey, at now: Date) -> Fault? {
        guard publicKey == Array(key.key.publicKey.rawRepresentation) else { return .otherKey }
        let missing = names.filter { !self.names.contains($0) }
        guard missing.isEmpty else { return .lacksNames(missing.sorted()) }
        guard now < notAfter else { return .expired }
        guard now.addingTimeInterval(Self.tolerance) >= notBefore else { return .notYetValid }
        return nil
    }
}

extension LeafCertificate.Fault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .lacksNames(let names): "it is not for \(names.joined(separator: ", "))"
        case .otherKey: "it is for another key"
        case .expired: "it has expired"
        case .notYetValid: "it is not valid yet: is this machine’s clock right?"
        }
    }
}

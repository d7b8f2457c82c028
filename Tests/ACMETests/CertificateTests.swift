import Foundation
import SwiftASN1
import Testing
import X509

@testable import ACME

/// A certificate is judged by itself.
struct CertificateTests {
    private let now = Date(timeIntervalSince1970: 1_800_000_000)
    private let key = SignatureKey()

    private func leaf(
        _ names: [String], serial: Certificate.SerialNumber = Certificate.SerialNumber(), keyIdentifier: [UInt8]? = [1, 2, 3]
    ) throws -> LeafCertificate {
        let certificate = try StandInIssuer(name: "Root").certificate(
            for: Certificate.PrivateKey(key.key).publicKey, names: names.map { .dnsName($0) }, from: now, for: 86_400,
            serial: serial, keyIdentifier: keyIdentifier)
        return try CertificateChain(pem: try certificate.serializeAsPEM().pemString).leaf
    }

    @Test func `a certificate counts for its names, its key and its time`() throws {
        let leaf = try leaf(["A.test", "b.test"])
        #expect(leaf.notBefore == now && leaf.lifetime == 86_400)
        #expect(leaf.fault(for: ["a.test", "b.test"], key: key, at: now) == nil)
        #expect(leaf.fault(for: ["b.test"], key: key, at: now.addingTimeInterval(86_399)) == nil)
        #expect(leaf.fault(for: ["d.test", "a.test", "c.test"], key: key, at: now) == .lacksNames(["c.test", "d.test"]))
        #expect(leaf.fault(for: ["a.test"], key: SignatureKey(), at: now) == .otherKey)
        #expect(leaf.fault(for: ["a.test"], key: key, at: now.addingTimeInterval(86_400)) == .expired)
        #expect(leaf.fault(for: ["a.test"], key: key, at: now.addingTimeInterval(-86_400)) == nil)
        #expect(leaf.fault(for: ["a.test"], key: key, at: now.addingTimeInterval(-86_401)) == .notYetValid)
    }

    /// The example of RFC 9773 section 4.1.
    @Test func `renewal information knows a certificate by its issuer's key and its serial number`() throws {
        let issuer: [UInt8] = [
            0x69, 0x88, 0x5B, 0x6B, 0x87, 0x46, 0x40, 0x41, 0xE1, 0xB3, 0x7B, 0x84, 0x7B, 0xA0, 0xAE, 0x2C, 0xDE, 0x01, 0xC8,
            0xD4,
        ]
        let serial = Certificate.SerialNumber(bytes: [0x87, 0x65, 0x43, 0x21])
        #expect(try leaf(["a.test"], serial: serial, keyIdentifier: issuer).renewalID == "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE")
        #expect(try leaf(["a.test"], keyIdentifier: nil).renewalID == nil)
    }

    @Test func `a request is signed, and has the names and the key`() throws {
        let request = try CertificateSigningRequest(
            derEncoded: try SigningRequest.octets(for: ["a.test", "b.test"], key: key))
        #expect(request.publicKey == Certificate.PrivateKey(key.key).publicKey)
        #expect(request.publicKey.isValidSignature(request.signature, for: request))
        let names = try request.attributes.extensionRequest?.extensions.subjectAlternativeNames
        #expect(names.map(Array.init) == [.dnsName("a.test"), .dnsName("b.test")])
        #expect(request.subject.isEmpty)
    }

    @Test func `a certificate that nobody vouches for is valid for a week`() throws {
        let made = try SelfSignedCertificate(names: ["a.test"], at: now)
        let key = try #require(SignatureKey(pem: made.keyPEM))
        let leaf = try CertificateChain(pem: made.chainPEM).leaf
        #expect(leaf.fault(for: ["a.test"], key: key, at: now) == nil)
        #expect(leaf.notAfter == now.addingTimeInterval(7 * 86_400))
    }

    @Test func `a chain has one certificate to ten`() throws {
        let pem = try SelfSignedCertificate(names: ["a.test"], at: now).chainPEM
        #expect(
            try CertificateChain(pem: "text before\n" + String(repeating: pem, count: 10)).pem
                == String(repeating: pem, count: 10))
        #expect(throws: CertificateChain.Fault.tooMany) { try CertificateChain(pem: String(repeating: pem, count: 11)) }
        #expect(throws: CertificateChain.Fault.noCertificate) { try CertificateChain(pem: "") }
        #expect(throws: CertificateChain.Fault.noCertificate) { try CertificateChain(pem: key.pem) }
    }

    /// The reader ends at each cut, and at a change of each octet.
    @Test func `a damaged chain is refused or read, and does no harm`() throws {
        let made = try SelfSignedCertificate(names: ["a.test"], at: now)
        let text = Array((made.chainPEM + made.keyPEM).utf8)
        for position in text.indices {
            _ = try? CertificateChain(pem: String(decoding: text.prefix(position), as: UTF8.self))
            var changed = text
            changed[position] ^= UInt8(1 << (position % 7))
            _ = try? CertificateChain(pem: String(decoding: changed, as: UTF8.self))
            _ = SignatureKey(pem: String(decoding: changed, as: UTF8.self))
        }
    }
}

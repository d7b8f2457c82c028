import DNS
import Delegates
import TestSupport
import Testing

/// The digests of the audit log, which must stay as they are: logs are checked with them.
struct AuditDigestTests {
    @Test func `entries have the digests that were calculated by another program`() throws {
        let first = AuditEvent(
            .enrolled, at: Samples.start, by: "visitor", from: "192.0.2.1", delegate: try DomainName("A.d.example"),
            detail: "c36f50e8-4632-44f0-83fe-e070fef28a10")
        let digest = AuditDigest(of: first, number: 1, after: .origin)
        #expect(digest.description == "d4d81f61b4d191b7908acc41b7fe0310d5e8f9ca6897f3a6e9266a00e7b30fdc")
        let second = AuditEvent(.refused, at: Timestamp(secondsSinceEpoch: -5), by: "key é", from: nil, delegate: nil)
        #expect(
            AuditDigest(of: second, number: 2, after: digest).description
                == "34584628ed2e2db5ef2640f956f88ea1de569a83e9bec1252b31e712b5790d4e")
    }
}

import DNS
import DNSSEC
import Testing

@testable import Daemon
@testable import Signing

/// What an operator reads when keys cannot be used, word for word.
struct KeyFailureTextTests {
    private static let apex = DomainName.root

    private static let cases: [(KeyFolder.Failure, String)] = [
        (
            .noCredentials,
            "“dnssec.private-keys” is “credentials”, but there are none: CREDENTIALS_DIRECTORY is not set; systemd sets it for "
                + "“LoadCredential=” and “LoadCredentialEncrypted=”"
        ),
        (.system(.open, path: "/k", reason: "no"), "“/k” cannot be opened: no"),
        (.system(.examine, path: "/k", reason: "no"), "“/k” cannot be examined: no"),
        (.system(.list, path: "/k", reason: "no"), "“/k” cannot be listed: no"),
        (.system(.read, path: "/k", reason: "no"), "“/k” cannot be read: no"),
        (
            .stateNotDurable(path: "/k/s", reason: "no", isTakenBack: true),
            "“/k/s” cannot be made durable: no. The keys are as before"
        ),
        (
            .stateNotDurable(path: "/k/s", reason: "no", isTakenBack: false),
            "“/k/s” cannot be made durable: no. A restart could find the keys as before, or changed: repair the disk before the next one"
        ),
        (.writableByOthers(.keyFolder(path: "/k")), "the key folder “/k” can be written by others: chmod 700 /k"),
        (.writableByOthers(.credentials(path: "/c")), "the folder of credentials “/c” can be written by others"),
        (
            .ownedByOther(.keyFolder(path: "/k"), owner: 9, user: 8),
            "the key folder “/k” belongs to the user 9, but this server runs as 8: only the latter or root may own it: chown 8 /k"
        ),
        (
            .ownedByOther(.file(path: "/k/a"), owner: 9, user: 8),
            "“/k/a” belongs to the user 9, but this server runs as 8: only the latter or root may own it: chown 8 /k/a"
        ),
        (.readableByOthers(path: "/k/a"), "the private key “/k/a” can be read by others: chmod 600 /k/a"),
        (.notRegularFile(path: "/k/a"), "“/k/a” is not a regular file"),
        (
            .inUse(path: "/k"),
            "another nuncio uses the keys in “/k”: stop that one, or give this one another “dnssec.key-folder”"
        ),
        (.unreadableState(path: "/k/s"), "“/k/s” does not hold the state of a zone’s keys: restore it from a backup"),
        (.unsoundState(apex: apex), "the state of the keys of . is damaged: restore it from a backup"),
        (
            .missingKey(path: "/k/a", apex: apex),
            "“/k/a” is missing: . is signed with that key. Restore it from a backup"
        ),
        (
            .missingCredential(name: "K", folder: "/c"),
            "there is no credential whose name is, or ends with, “K” in “/c”"
        ),
        (
            .ambiguousKeys(count: 3, apex: apex),
            "there are 3 keys of ., and nothing says how they are used: keep one key with the SEP flag, or that and one without it, "
                + "of the same algorithm"
        ),
        (
            .makesNoKeys(apex: apex),
            "“dnssec.private-keys” is “credentials”, so no key is made here: make one for . with “nuncio dnssec generate” and give "
                + "it to the service"
        ),
        (
            .lostKeys(path: "/k", apex: apex),
            "the parent of . has a DS record, but there are no keys of the zone in “/k”: restore that folder from a backup (it is "
                + "the storage’s path and “.keys” unless “state-folder” or “dnssec.key-folder” says otherwise), or have the DS "
                + "removed and wait until resolvers have forgotten it, a day or two"
        ),
    ]

    private static let faults: [(KeyFile.Fault, String)] = [
        (.noFormat, "it has no line “Private-key-format: v1.3”, with which private key files begin"),
        (.otherFormat("v2.0"), "its format is “v2.0”, but only v1 is supported"),
        (.noAlgorithm, "it has no line “Algorithm:” with a number"),
        (
            .unknownAlgorithm("8 (RSASHA256)"),
            "it is a key of algorithm 8 (RSASHA256), but only 13 (ecdsap256sha256) and 15 (ed25519) can sign here: move it to "
                + "another folder, and the zone to another algorithm where it is signed now"
        ),
        (.inHardware, "it names a key in a hardware module, which cannot be used here"),
        (.noPrivateKey, "it has no line “PrivateKey:”"),
        (.notBase64, "what follows “PrivateKey:” is not base64"),
        (
            .notKey(octetCount: 48, .ed25519),
            "its private key has 48 octets that are not a key of algorithm ed25519: that has 32, not all of them zero"
        ),
        (.notAsNamed(.ed25519, named: 13), "it is a key of algorithm 15, but its name says 13"),
        (
            .otherTags(entry: 1, other: 2, named: 3),
            "its key has the tag 1 with the SEP flag and 2 without, but its name says 3"
        ),
        (
            .otherAlgorithm(.ed25519, expected: .ecdsaP256SHA256),
            "it is a key of algorithm ed25519, but . is signed with one of algorithm ecdsap256sha256"
        ),
        (.otherKey(tag: 1, .combined), "its key has the tag 1 as a CSK, so it is another key"),
    ]

    @Test func `each failure is told with what to do`() {
        for (failure, text) in Self.cases { #expect("\(failure)" == text) }
    }

    @Test func `what is wrong with a key's file is told`() {
        for (fault, text) in Self.faults {
            #expect("\(KeyFolder.Failure.unusableKey(path: "/k/a", apex: Self.apex, fault))" == "“/k/a” cannot sign .: \(text)")
            let kept = KeyFolder.Failure.wrongKey(path: "/k/a", tag: 7, apex: Self.apex, fault)
            #expect(
                "\(kept)" == "“/k/a” is not the private key with the tag 7, with which . is signed: \(text). "
                    + "Restore it from a backup")
        }
    }
}

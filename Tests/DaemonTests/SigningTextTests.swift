import DNS
import DNSSEC
import DelegateAPI
import Delegates
import Foundation
import Testing

@testable import Daemon
@testable import Signing

/// What operators read of keys, word for word.
struct SigningTextTests {
    private let apex: DomainName

    init() throws {
        apex = try DomainName("d.example")
    }

    private func key(_ tag: UInt16, _ role: ZoneKeys.Role, isIncoming: Bool = false) -> SigningStatus.Key {
        SigningStatus.Key(
            tag: tag, algorithm: .ed25519, role: role, isIncoming: isIncoming, isAdopted: false, isPublished: true,
            signsKeys: true, signsData: false, parentShouldHave: true, parentHas: nil)
    }

    private func status(_ stage: ZoneKeys.Stage?) -> SigningStatus {
        var status = SigningStatus(apex: apex, stage: stage)
        status.keys = [key(1, .keySigning), key(2, .zoneSigning), key(3, .keySigning, isIncoming: true)]
        return status
    }

    @Test(
        arguments: [
            (nil, "unsigned", "not signed"),
            (.steady, "steady", "signed"),
            (.unsigned, "unsigned", "no longer signed"),
            (
                .entryKeyIntroduced, "entryKeyIntroduced",
                "key 3 replaces key 1: it is published, but not used yet"
            ),
            (
                .entryKeyAwaitsParent, "entryKeyAwaitsParent",
                "key 3 replaces key 1: both are known everywhere, the parent zone comes next"
            ),
            (
                .algorithmRetires, "algorithmRetires",
                "key 3 has replaced key 1, whose DS resolvers may still know"
            ),
            (
                .zoneKeyRetires, "zoneKeyRetires",
                "key 3 has replaced key 1, whose signatures resolvers may still have"
            ),
            (
                .algorithmSigns, "algorithmSigns",
                "key 3 of another algorithm replaces key 1: it signs, but is not published yet"
            ),
            (
                .algorithmWithdrawn, "algorithmWithdrawn",
                "key 3 has replaced key 1, which signs until resolvers have forgotten it"
            ),
            (.deletionRequested, "deletionRequested", "signing will end: the zone asks its parent to remove the DS"),
            (.deletionWaits, "deletionWaits", "signing ends when no resolver knows the DS any longer"),
        ] as [(ZoneKeys.Stage?, String, String)])
    func `a stage is told as a word and as a sentence`(stage: ZoneKeys.Stage?, word: String, sentence: String) {
        let description = ZoneSigningDescription(status(stage))
        #expect(description.stage == word && description.state == sentence)
        #expect(description.signed == (stage != nil && stage != .unsigned))
    }

    @Test(
        arguments: [
            (.steady, .nothing, true, nil, nil),
            (.entryKeyRetires, .time(seconds: 9), true, nil, "for resolvers to forget the parent’s old DS"),
            (.zoneKeyIntroduced, .time(seconds: 9), true, nil, "for resolvers to know the new key"),
            (
                .zoneKeyRetires, .time(seconds: 9), false, nil,
                "for resolvers to forget what the old key has signed; first for everything to be signed again"
            ),
            (
                .entryKeyAwaitsParent, .parentHas([3]), true, nil,
                "for the parent zone to have the DS of key 3 instead of the other: give it what “nuncio dnssec ds d.example” prints. "
                    + "If no resolver can tell, say “nuncio dnssec rollover d.example --ds-published” when it has"
            ),
            (
                .entryKeyAwaitsParent, .parentHas([3]), true, .lacksDS(of: [3, 4]),
                "for the parent zone to have the DS of key 3 instead of the other: give it what “nuncio dnssec ds d.example” prints. "
                    + "If no resolver can tell, say “nuncio dnssec rollover d.example --ds-published” when it has. "
                    + "Now the parent zone has no DS of key 3 and 4 yet, as a resolver says"
            ),
            (
                .deletionRequested, .parentHasNone, true, .stillHasDS,
                "for the parent zone to have no DS, as all resolvers that can tell must say: have it removed. If no resolver can "
                    + "tell, say “nuncio dnssec rollover d.example --ds-published” when it is gone"
            ),
            (
                .entryKeyRetires, .parentAgain, true, nil,
                "for a resolver to say once more what the parent zone has: a key that a DS still names must not go. If no resolver "
                    + "can tell, say “nuncio dnssec rollover d.example --ds-published” when you have seen that the parent has what "
                    + "it should"
            ),
        ] as [(ZoneKeys.Stage, ZoneKeys.Waiting, Bool, ParentContradiction?, String?)])
    func `what a stage waits for is told`(
        stage: ZoneKeys.Stage, waiting: ZoneKeys.Waiting, isResigned: Bool, contradiction: ParentContradiction?,
        sentence: String?
    ) {
        var status = status(stage)
        status.waiting = waiting
        status.isResigned = isResigned
        status.contradiction = contradiction
        #expect(ZoneSigningDescription(status).waitsFor == sentence)
    }

    @Test(
        arguments: [
            (.noSuchZone, .noSuchZone("d.example")),
            (.hasNoKeys, .keysNotChanged("d.example. is not signed: “dnssec.mode” is off")),
            (
                .notNow(.underWay(.zoneKeyRetires)),
                .keysNotChanged("a change is under way (zoneKeyRetires): see “nuncio dnssec status”")
            ),
            (.notNow(.nothingUnderWay), .keysNotChanged("no change is under way that could be cancelled or confirmed")),
            (.notNow(.notSigned), .keysNotChanged("the zone is no longer signed: see “dnssec.mode”")),
            (.notNow(.noSuchKey(.zoneSigning)), .keysNotChanged("the zone has no ZSK")),
            (.notNow(.sameAlgorithm), .keysNotChanged("the keys already have that algorithm")),
            (.contradicted(.stillHasDS), .keysNotChanged("the parent zone still has a DS, as a resolver says")),
            (.contradicted(.hasNoDS), .keysNotChanged("the parent zone has no DS at all, as resolvers say")),
            (
                .contradicted(.hasUnusableDS),
                .keysNotChanged("the parent zone has only a DS that no validator can use, as resolvers say")
            ),
            (
                .contradicted(.stillHasLeavingAlgorithm),
                .keysNotChanged("the parent zone still has a DS of the algorithm that is to go, as a resolver says")
            ),
        ] as [(KeyChangeRefusal, Refusal)])
    func `why keys do not change is told`(refusal: KeyChangeRefusal, expected: Refusal) {
        #expect(Refusal(refusal, of: apex) == expected)
    }

    @Test func `times, records and keys have the forms of the API`() throws {
        var status = SigningStatus(apex: apex, stage: .steady)
        status.keys = [key(1, .combined)]
        status.requestedDS = [
            .ds(keyTag: 1, algorithm: 15, digestType: 2, digest: [UInt8](repeating: 0xab, count: 32))
        ]
        status.waitEnd = Timestamp(secondsSinceEpoch: 1_800_000_000)
        status.expiration = Timestamp(secondsSinceEpoch: 1_800_000_060)
        status.parent = .wrong
        let description = ZoneSigningDescription(status)
        #expect(description.zone == "d.example" && description.parent == "wrong")
        #expect(description.until == "2027-01-15T08:00:00Z" && description.expires == "2027-01-15T08:01:00Z")
        #expect(description.ds == ["d.example. 3600 IN DS 1 15 2 \(String(repeating: "ab", count: 32))"])
        #expect(
            description.keys == [
                SigningKeyDescription(
                    tag: 1, algorithm: "ed25519", role: "csk", published: true, signsKeys: true, signsData: false,
                    parentShouldHave: true, parentHas: nil)
            ])
    }
}

import Authority
import DNS
import DNSSEC
import Delegates
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Signing

/// One run of a server's signing, which can end and begin again, with a clock that the test sets.
final class SigningWorld {
    let folder: URL
    var settings: SigningSettings
    /// The master file of a further zone; empty if there is none.
    let file: String
    let events = Events()
    var table = DelegateTable()
    var zones: SignedZones
    var now = Samples.start
    /// The seconds by which the system's clock is ahead.
    var offset: Int64 = 0
    /// Whether resolvers have stopped answering; if not, they repeat what they said.
    var isSilent = false

    final class Events: Sendable {
        private let noted = Mutex<[SigningEvent]>([])

        var all: [SigningEvent] { noted.withLock(\.self) }

        func note(_ event: SigningEvent) { noted.withLock { $0.append(event) } }
    }

    init(in folder: URL, file: String = "", _ change: (inout SigningSettings) -> Void = { _ in }) throws {
        self.folder = folder
        self.file = file
        settings = SigningSettings.off
        settings.isOn = true
        settings.keyFolder = folder.path + "/keys"
        change(&settings)
        zones = SignedZones(table: table, report: events.note)
        try restart()
    }

    /// Makes a folder for a test, and a world in it.
    static func with(
        _ change: (inout SigningSettings) -> Void = { _ in }, _ body: (SigningWorld) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { try await body(SigningWorld(in: $0, change)) }
    }

    private func configured() throws -> Zones {
        let (apex, nameserver) = (try DomainName("delegates.example.net"), try DomainName("ns1.delegates.example.net"))
        let builder = ZoneBuilder(
            apexes: [apex], nameservers: [nameserver],
            startOfAuthority: Zone.StartOfAuthority(
                primary: nameserver, mailbox: try DomainName("hostmaster.example.net"), negativeTTL: 1),
            hasMailRecords: true)
        let files = file.isEmpty ? [] : [try #require(ZoneFile(MasterFile(file), otherApexes: [apex]).zone)]
        return builder.build(records: [try ResourceRecord("\(nameserver) 3600 IN A 127.0.0.1")], fileZones: files).zones
    }

    func adopt() throws { try zones.adopt(try configured(), settings, now: now) }

    /// Restarts as if the process had been killed.
    func restart() throws {
        // The folder's lock goes with the old object.
        zones = SignedZones(table: DelegateTable(), report: events.note)
        table = DelegateTable()
        zones = SignedZones(table: table, report: events.note)
        try adopt()
    }

    func tick(_ seconds: Int64 = 1) {
        now = now.advanced(by: .seconds(seconds))
        let system = now.advanced(by: .seconds(offset))
        // Resolvers repeat what they said before.
        let (apex, now) = (apex, now)
        if !isSilent { zones.change { if $0.zones[apex]?.parent != .unknown { $0.zones[apex]?.parentTold = now } } }
        _ = zones.tick(by: seconds, now: now, systemTime: system)
        while zones.refreshSignatures(maximum: 100, now: now) {}
    }

    @discardableResult
    func change(_ change: KeyChange) throws -> SigningStatus { try zones.change(apex, change, now: now) }

    var apex: DomainName { zones.zones.all[0].apex }
    var status: SigningStatus { zones.statuses(now: now)[0] }
    var stage: ZoneKeys.Stage? { status.stage }
    var tags: [UInt16] { status.keys.map(\.tag) }
    var roles: [ZoneKeys.Role] { status.keys.map(\.role) }
    /// The tags of the keys that the parent should have.
    var requested: [UInt16] { status.keys.filter(\.parentShouldHave).map(\.tag) }
    /// The steps of the system's clock that were reported, in seconds.
    var clockSteps: [Int64] {
        events.all.compactMap { if case .clockSet(let seconds) = $0 { seconds } else { nil } }
    }
    var signer: ZoneSigner? { zones.zones.all[0].signer }

    func parentHas(_ tags: [UInt16]) { setParent(.keys(Set(tags), ttl: .left(3600))) }

    func setParent(_ view: ZoneKeys.ParentView) {
        let (apex, now) = (apex, now)
        zones.change {
            $0.zones[apex]?.parent = view
            $0.zones[apex]?.parentTold = now
        }
    }
}

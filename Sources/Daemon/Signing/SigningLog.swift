import DNS
import DNSSEC
import Logging
import Signing

/// Logs what happens to keys and signatures.
struct SigningLog: Sendable {
    let logger: Logger

    @Sendable
    func log(_ event: SigningEvent) {
        switch event {
        case .keysAdopted(let apex, let tags, let ds):
            logger.notice("keys found and adopted", metadata: Self.metadata(apex, tags, ds))
        case .keysMade(let apex, let tags, let ds):
            logger.notice("keys made", metadata: Self.metadata(apex, tags, ds))
        case .keysTaken(let keys): logger.notice("keys taken from other nodes", metadata: keys.metadata)
        case .filesRetired(let apex, let names):
            logger.notice(
                "the nodes share the keys of a zone: the files of the key folder are put aside",
                metadata: ["dns.zone": "\(apex)", "dnssec.files": "\(names.joined(separator: " "))"])
        case .filesNotRetired(let apex, let failure):
            logger.warning(
                "the nodes share the keys of a zone: move its files out of the key folder",
                metadata: ["dns.zone": "\(apex)", "error": "\(failure)"])
        case .signingResumed(let keys): logger.notice("signing goes on", metadata: keys.metadata)
        case .signingEnds(let keys): logger.notice("signing is to end", metadata: keys.metadata)
        case .stageChanged(let keys): logger.notice("keys", metadata: keys.metadata)
        case .keysNotStored(let apex, let failure):
            logger.error("keys not changed", metadata: ["dns.zone": "\(apex)", "error": "\(failure)"])
        case .clockSet(let seconds):
            logger.warning("system clock was set: signatures are checked", metadata: ["clock.seconds": "\(seconds)"])
        case .zonesSigned: logger.info("zones signed again")
        case .delegatesSigned(let count):
            logger.info("delegates signed again", metadata: ["dnssec.rrsets": "\(count)"])
        case .parentChanged(let apex, let parent):
            let metadata: Logger.Metadata = ["dns.zone": "\(apex)", "dnssec.parent": "\(parent.rawValue)"]
            if parent == .wrong {
                logger.error(
                    "the parent's DS match none of the keys: resolvers treat all answers as forged", metadata: metadata)
            } else {
                logger.notice("parent's DS", metadata: metadata)
            }
        }
    }

    private static func metadata(_ apex: DomainName, _ tags: [UInt16], _ ds: RecordData) -> Logger.Metadata {
        ["dns.zone": "\(apex)", "dnssec.key_tags": "\(tags.text)", "dnssec.ds": "\(ds)"]
    }
}

extension SigningEvent.Keys {
    fileprivate var metadata: Logger.Metadata {
        ["dns.zone": "\(apex)", "dnssec.stage": "\(stage.rawValue)", "dnssec.key_tags": "\(tags.text)"]
    }
}

extension [UInt16] {
    fileprivate var text: String { map(String.init).joined(separator: " ") }
}

import DNS
import DNSSEC
import DelegateAPI
import Delegates
import Foundation
import Signing

/// What the operator's API says of signing.
extension SigningResponse {
    init(_ statuses: [SigningStatus]) {
        self.init(zones: statuses.map { ZoneSigningDescription($0) })
    }
}

extension ZoneSigningDescription {
    init(_ status: SigningStatus) {
        self.init(
            zone: status.apex.withoutFinalDot, signed: status.isSigned, stage: status.stageText,
            state: status.stageSentence, waitsFor: status.waitingSentence, until: status.waitEnd?.text,
            keys: status.keys.map { SigningKeyDescription($0) },
            ds: status.requestedDS.map { $0.presentation(at: status.apex) }, signals: status.signals.map(\.description),
            parent: status.parent.rawValue, parentAsked: status.parentAsked?.text, parentTrouble: status.parentTrouble,
            expires: status.expiration?.text, trouble: status.trouble?.description)
    }
}

extension SigningKeyDescription {
    fileprivate init(_ key: SigningStatus.Key) {
        self.init(
            tag: key.tag, algorithm: key.algorithm.name, role: key.role.rawValue, published: key.isPublished,
            signsKeys: key.signsKeys, signsData: key.signsData, parentShouldHave: key.parentShouldHave,
            parentHas: key.parentHas, adopted: key.isAdopted)
    }
}

extension ReadinessResponse.Zone {
    init(_ status: SigningStatus) {
        self.init(
            zone: status.apex.withoutFinalDot, signed: status.isSigned, expires: status.expiration?.text,
            parent: status.parent.rawValue)
    }
}

extension SigningStatus {
    /// The stage as one word.
    var stageText: String { (stage ?? .unsigned).rawValue }
}

extension RecordData {
    /// A DS record for a zone's parent.
    func presentation(at apex: DomainName) -> String { "\(apex) 3600 IN DS \(self)" }
}

extension Timestamp {
    fileprivate var text: String { Date(timeIntervalSince1970: Double(secondsSinceEpoch)).formatted(.iso8601) }
}

import DNS
import Foundation
import Signing
import SystemErrors

extension Configuration {
    /// Why zones would get other keys than they have: their keys are where they were before `state-folder` was set. `nil` if they are
    /// not, or no longer.
    ///
    /// A zone whose parent has a DS of the keys that are there must not get others: resolvers would take all answers for forged.
    package var misplacedKeysProblem: String? {
        let former = StateFiles(besideStorage: storage.sqlitePath).keyFolder
        guard signing.keyFolder != former, signing.keyFolder == state.keyFolder,
            FilePath.resolved(signing.keyFolder) != FilePath.resolved(former),
            let apex = apexes.first(where: { Self.hasKeys($0, in: former) && !Self.hasKeys($0, in: signing.keyFolder) })
        else { return nil }
        return "the keys of \(apex) are in “\(former)”, but with “state-folder” they are looked for in “\(signing.keyFolder)”: "
            + "move the files of the former folder to the latter, or set “dnssec.key-folder” to the former"
    }

    /// Whether a folder has a zone's state or one of its keys.
    private static func hasKeys(_ apex: DomainName, in folder: String) -> Bool {
        let zone = KeyFile.zoneName(apex)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.contains { $0 == zone + "state" || $0.hasPrefix("K\(zone)+") }
    }
}

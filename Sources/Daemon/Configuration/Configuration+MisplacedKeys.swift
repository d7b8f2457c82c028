import DNS
import Signing
import SystemErrors

extension Configuration {
    /// Why zones would get other keys than they have: their keys are where they were before `state-folder` was set. `nil` if they are
    /// not, or no longer.
    ///
    /// A zone whose parent has a DS of the keys that are there must not get others: resolvers would take all answers for forged.
    package var misplacedKeysProblem: String? {
        guard let path = storage.sqlitePath else { return nil }
        let former = StateFiles(besideStorage: path).keyFolder
        guard signing.keyFolder != former, signing.keyFolder == state.keyFolder,
            FilePath.resolved(signing.keyFolder) != FilePath.resolved(former),
            let apex = apexes.first(where: {
                KeyFolder.hasFiles(of: $0, in: former) && !KeyFolder.hasFiles(of: $0, in: signing.keyFolder)
            })
        else { return nil }
        return "the keys of \(apex) are in “\(former)”, but with “state-folder” they are looked for in “\(signing.keyFolder)”: "
            + "move the files of the former folder to the latter, or set “dnssec.key-folder” to the former"
    }
}

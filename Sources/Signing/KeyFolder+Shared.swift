package import DNS
import DNSSEC

extension KeyFolder {
    /// Writes what servers share of a zone's keys into a key folder, where a server that signs alone finds it.
    ///
    /// - Parameters:
    ///   - content: what the storage that they share has.
    ///   - folder: is made if it is not there; must have no files of the zone.
    /// - Returns: the tags of the zone's keys.
    package static func write(
        shared content: [UInt8], of apex: DomainName, to folder: String
    ) throws(Failure) -> [UInt16] {
        guard let shared = SharedKeyContent(octets: content), let secrets = shared.secrets else {
            throw .unreadableShare(apex: apex)
        }
        let target = try KeyFolder(path: folder, secretsPath: nil)
        guard !hasFiles(of: apex, in: folder) else { throw .hasFilesAlready(path: folder, apex: apex) }
        // The state comes last: a folder without it has only keys that could be used.
        for key in shared.keys.keys {
            if let secret = secrets[key.tag] { try target.keep(secret, of: apex) }
        }
        try target.keep(shared.keys, of: apex, after: nil)
        return shared.keys.keys.map(\.tag)
    }
}

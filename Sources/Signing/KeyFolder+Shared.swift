package import DNS
import DNSSEC
import SystemErrors

extension KeyFolder {
    /// What the name of a file ends in that is out of use.
    static let retiredSuffix = ".shared"

    /// Gives the files of a zone other names, under which nothing reads them.
    ///
    /// - Returns: their names until then.
    func retire(_ apex: DomainName) throws(Failure) -> [String] {
        // The state goes last: keys without it would be taken for new ones.
        let state = KeyFile.zoneName(apex) + "state"
        let files = try Self.names(in: path).filter { Self.isFile($0, of: apex) }
        let names = files.filter { $0 != state } + files.filter { $0 == state }
        do {
            for name in names { try folder.put(name, as: name + Self.retiredSuffix) }
        } catch {
            throw .files(error)
        }
        return names
    }

    /// Checks that ``write(shared:of:to:)`` would find nothing wrong with a content and a folder.
    package static func check(shared content: [UInt8], of apex: DomainName, canBeWrittenTo folder: String) throws(Failure) {
        guard SharedKeyContent(octets: content)?.secrets != nil else { throw .unreadableShare(apex: apex) }
        guard !hasFiles(of: apex, in: folder) else { throw .hasFilesAlready(path: folder, apex: apex) }
    }

    /// Writes what servers share of a zone's keys into a key folder, where a server that signs alone finds it.
    ///
    /// - Parameters:
    ///   - content: what the storage that they share has.
    ///   - folder: is made if it is not there; must have no files of the zone.
    /// - Returns: the tags of the zone's keys, and of those whose private keys are not in the storage.
    package static func write(
        shared content: [UInt8], of apex: DomainName, to folder: String
    ) throws(Failure) -> (tags: [UInt16], withoutPrivateKey: [UInt16]) {
        try check(shared: content, of: apex, canBeWrittenTo: folder)
        guard let shared = SharedKeyContent(octets: content), let secrets = shared.secrets else {
            throw .unreadableShare(apex: apex)
        }
        let target = try KeyFolder(path: folder, secretsPath: nil)
        // The state comes last: a folder without it has only keys that could be used.
        for key in shared.keys.keys {
            if let secret = secrets[key.tag] { try target.keep(secret, of: apex) }
        }
        try target.keep(shared.keys, of: apex, after: nil)
        let tags = shared.keys.keys.map(\.tag)
        return (tags, tags.filter { secrets[$0] == nil })
    }
}

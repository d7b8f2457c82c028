import DNS
import DNSSEC
import Signing
import SystemErrors

/// What an operator is told when keys cannot be used: what, where, and what to do.
extension KeyFolder.Failure: CustomStringConvertible {
    package var description: String {
        switch self {
        case .noCredentials:
            "“dnssec.private-keys” is “credentials”, but there are none: CREDENTIALS_DIRECTORY is not set; systemd sets it for "
                + "“LoadCredential=” and “LoadCredentialEncrypted=”"
        case .system(let action, let path, let reason): "“\(path)” \(action.text): \(reason)"
        case .files(let failure): failure.description
        case .stateNotDurable(let path, let reason, let isTakenBack):
            "“\(path)” cannot be made durable: \(reason). "
                + (isTakenBack
                    ? "The keys are as before"
                    : "A restart could find the keys as before, or changed: repair the disk before the next one")
        case .writableByOthers(let place):
            "\(place.text) can be written by others" + (place.isMadeHere ? ": chmod 700 \(place.path)" : "")
        case .ownedByOther(let place, let owner, let user):
            "\(place.text) belongs to the user \(owner), but this server runs as \(user): only the latter or root may own it: "
                + "chown \(user) \(place.path)"
        case .readableByOthers(let path): "the private key “\(path)” can be read by others: chmod 600 \(path)"
        case .notRegularFile(let path): "“\(path)” is not a regular file"
        case .inUse(let path):
            "another nuncio uses the keys in “\(path)”: stop that one, or give this one another “dnssec.key-folder”"
        case .hasFilesAlready(let path, let apex): "“\(path)” has files of \(apex) already: give another folder"
        case .unreadableState(let path): "“\(path)” does not hold the state of a zone’s keys: restore it from a backup"
        case .unsoundState(let apex): "the state of the keys of \(apex) is damaged: restore it from a backup"
        case .missingKey(let path, let apex):
            "“\(path)” is missing: \(apex) is signed with that key. Restore it from a backup"
        case .missingCredential(let name, let folder):
            "there is no credential whose name is, or ends with, “\(name)” in “\(folder)”"
        case .wrongKey(let path, let tag, let apex, let fault):
            "“\(path)” is not the private key with the tag \(tag), with which \(apex) is signed: \(fault.text(of: apex)). "
                + "Restore it from a backup"
        case .unusableKey(let path, let apex, let fault): "“\(path)” cannot sign \(apex): \(fault.text(of: apex))"
        case .ambiguousKeys(let count, let apex):
            "there are \(count) keys of \(apex), and nothing says how they are used: keep one key with the SEP flag, or that and one "
                + "without it, of the same algorithm"
        case .makesNoKeys(let apex):
            "“dnssec.private-keys” is “credentials”, so no key is made here: make one for \(apex) with “nuncio dnssec generate” and "
                + "give it to the service"
        case .agreeing(let apex, _): "the nodes have yet to take up the new keys of \(apex)"
        case .notShared(let apex, let reason):
            "the keys of \(apex) have not changed, because the nodes cannot share them: \(reason)"
        case .notConfirmed(let apex, let reason):
            "the keys of \(apex) change, but not every node has said that it has the change: \(reason). See “nuncio dnssec status” and "
                + "“nuncio nodes list”"
        case .unreadableShare(let apex):
            "what the storage has of the keys of \(apex) cannot be read: another node has a newer version, or it is damaged"
        case .lostSharedKeys(let folder, let apex):
            "the parent of \(apex) has a DS record, but the storage that nodes share has no keys of the zone: restore it from a backup, or "
                + "put the key folder of the server that signed the zone at “\(folder)” of one node, or have the DS removed and wait until "
                + "resolvers have forgotten it, a day or two"
        case .lostKeys(let path, let apex):
            "the parent of \(apex) has a DS record, but there are no keys of the zone in “\(path)”: restore that folder from a backup "
                + "(it is the storage’s path and “.keys” unless “state-folder” or “dnssec.key-folder” says otherwise), or have the DS "
                + "removed and wait until resolvers have forgotten it, a day or two"
        }
    }
}

extension KeyFolder.Action {
    fileprivate var text: String {
        switch self {
        case .open: "cannot be opened"
        case .examine: "cannot be examined"
        case .list: "cannot be listed"
        case .read: "cannot be read"
        }
    }
}

extension KeyFolder.Place {
    fileprivate var text: String {
        switch self {
        case .keyFolder(let path): "the key folder “\(path)”"
        case .credentials(let path): "the folder of credentials “\(path)”"
        case .file(let path): "“\(path)”"
        }
    }

    fileprivate var path: String {
        switch self {
        case .keyFolder(let path), .credentials(let path), .file(let path): path
        }
    }

    fileprivate var isMadeHere: Bool {
        if case .keyFolder = self { true } else { false }
    }
}

extension KeyFile.Fault {
    /// What is wrong with the file of a zone's key, in words that follow its name.
    fileprivate func text(of apex: DomainName) -> String {
        switch self {
        case .noFormat: "it has no line “Private-key-format: v1.3”, with which private key files begin"
        case .otherFormat(let version): "its format is “\(version)”, but only v1 is supported"
        case .noAlgorithm: "it has no line “Algorithm:” with a number"
        case .unknownAlgorithm(let stated):
            "it is a key of algorithm \(stated), but only \(Self.algorithms) can sign here: move it to another folder, and the zone to "
                + "another algorithm where it is signed now"
        case .inHardware: "it names a key in a hardware module, which cannot be used here"
        case .noPrivateKey: "it has no line “PrivateKey:”"
        case .notBase64: "what follows “PrivateKey:” is not base64"
        case .notKey(let count, let algorithm):
            "its private key has \(count) octets that are not a key of algorithm \(algorithm.name): that has 32, not all of them zero"
        case .notAsNamed(let algorithm, let named):
            "it is a key of algorithm \(algorithm.rawValue), but its name says \(named)"
        case .otherTags(let entry, let other, let named):
            "its key has the tag \(entry) with the SEP flag and \(other) without, but its name says \(named)"
        case .otherAlgorithm(let algorithm, let expected):
            "it is a key of algorithm \(algorithm.name), but \(apex) is signed with one of algorithm \(expected.name)"
        case .otherKey(let tag, let role):
            "its key has the tag \(tag) as a \(role.rawValue.uppercased()), so it is another key"
        }
    }

    private static var algorithms: String {
        SigningAlgorithm.allCases.map { "\($0.rawValue) (\($0.name))" }.joined(separator: " and ")
    }
}

import DNS
import DNSSEC
import Foundation
import SystemErrors

/// The key folder, outside the storage: a file for each key that signs a zone, and one for each zone with the state of its keys
/// (``ZoneKeys``). One process at a time uses a folder.
package final class KeyFolder: Sendable {
    let path: String
    /// The folder from which keys are read, if it is another one. Nothing is ever written there.
    let secretsPath: String?
    let folder: DurableFolder
    private let purpose: Purpose

    /// What the folder is opened for.
    enum Purpose {
        /// To use it: it is created if it is not there, and this process alone uses it.
        case use
        /// To look at it, even while another process uses it.
        case look
    }

    /// - Parameter secretsPath: a folder in which others put keys, as systemd does with credentials; `nil` if keys are made and kept
    ///   here.
    init(path: String, secretsPath: String?, to purpose: Purpose = .use) throws(Failure) {
        self.path = path
        self.secretsPath = secretsPath
        self.purpose = purpose
        do {
            if purpose == .use { try DurableFolder.make(at: path) }
            folder = try DurableFolder(at: path)
        } catch {
            throw .files(error)
        }
        var status = stat()
        guard unsafe fstat(folder.descriptor, &status) == 0, status.st_mode & 0o022 == 0 else {
            throw .writableByOthers(.keyFolder(path: path))
        }
        try checkOwner(of: status, .keyFolder(path: path))
        if let secretsPath {
            guard unsafe stat(secretsPath, &status) == 0 else { throw .system(.examine, secretsPath) }
            guard status.st_mode & 0o022 == 0 else { throw .writableByOthers(.credentials(path: secretsPath)) }
            try checkOwner(of: status, .credentials(path: secretsPath))
        }
        guard purpose == .use else { return }
        guard flock(folder.descriptor, LOCK_EX | LOCK_NB) == 0 else { throw .inUse(path: path) }
        folder.removeRemains()
    }

    deinit { flock(folder.descriptor, LOCK_UN) }

    /// The owner could put other keys there at any time. Root may look at those of the service's user.
    func checkOwner(of status: stat, _ place: Place) throws(Failure) {
        let user = geteuid()
        guard status.st_uid != user, status.st_uid != 0, !(purpose == .look && user == 0) else { return }
        throw .ownedByOther(place, owner: status.st_uid, user: user)
    }

    /// Whether new keys can be made here.
    var makesKeys: Bool { secretsPath == nil }

    // MARK: How far zones are

    /// - Returns: `nil` if the folder knows nothing about this zone yet.
    func state(of apex: DomainName) throws(Failure) -> ZoneKeys? {
        let file = "\(path)/\(stateName(apex))"
        guard let text = try read(file, isSecret: false) else { return nil }
        do {
            return try JSONDecoder().decode(ZoneKeys.self, from: text)
        } catch {
            throw .unreadableState(path: file)
        }
    }

    /// Writes a zone's state; returns when it is durable.
    ///
    /// - Parameter former: the state that the folder has until then, and again if this fails; `nil` if it has none.
    /// - Throws: ``Failure``; ``Failure/leavesFormerState`` says whether the folder has the former state for certain.
    func keep(_ state: ZoneKeys, of apex: DomainName, after former: ZoneKeys?) throws(Failure) {
        let name = stateName(apex)
        do {
            try folder.write(Self.text(of: state), to: name)
        } catch {
            guard error.isInPlace else { throw .files(error) }
            throw .stateNotDurable(path: error.path, reason: error.reason, isTakenBack: takeBack(name, to: former))
        }
    }

    /// Takes back a state that has its name, but may lose it in a power cut: the next start would read it.
    ///
    /// - Returns: whether the folder has the former state for certain.
    private func takeBack(_ name: String, to former: ZoneKeys?) -> Bool {
        do {
            if let former { try folder.write(Self.text(of: former), to: name) } else { try folder.remove(name) }
            return true
        } catch {
            return false
        }
    }

    private static func text(of state: ZoneKeys) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        guard let text = try? encoder.encode(state) else { preconditionFailure("JSON has no form for a state of keys.") }
        return Array(text) + Array("\n".utf8)
    }

    private func stateName(_ apex: DomainName) -> String { KeyFile.zoneName(apex) + "state" }
}

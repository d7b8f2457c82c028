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
    func keep(_ state: ZoneKeys, of apex: DomainName) throws(Failure) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        let text: Data
        do { text = try encoder.encode(state) } catch { throw .system(.write, stateName(apex), error) }
        try write(text + Data("\n".utf8), to: stateName(apex))
    }

    /// Takes back a state that could not be kept.
    ///
    /// - Parameters:
    ///   - failure: the failure to keep the new state.
    ///   - former: the state that holds again.
    /// - Returns: whether the folder has the former state for certain, and keys that only the new one names can go.
    func takeBack(_ failure: Failure, to former: ZoneKeys, of apex: DomainName) -> Bool {
        guard Self.isInPlace(failure) else { return true }
        do {
            try keep(former, of: apex)
            return true
        } catch {
            return Self.isInPlace(error)
        }
    }

    private func stateName(_ apex: DomainName) -> String { KeyFile.zoneName(apex) + "state" }
}

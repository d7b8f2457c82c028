import DNS
import DNSSEC
import Foundation
import Synchronization
import SystemErrors

/// The folder of the keys that sign zones, outside the storage: a file for each key, and one for each zone with the state of its keys
/// (``ZoneKeys``). One process at a time uses a folder.
package final class KeyFolder: Sendable {
    private let path: String
    /// The folder from which keys are read, if it is another one. Nothing is ever written there.
    private let secretsPath: String?
    private let descriptor: CInt
    private let purpose: Purpose

    /// A failure in words: what, where, and what to do.
    package struct Failure: Error, Hashable, CustomStringConvertible {
        package let description: String

        init(_ description: String) {
            self.description = description
        }
    }

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
        guard secretsPath != "" else {
            throw Failure(
                "“dnssec.private-keys” is “credentials”, but there are none: CREDENTIALS_DIRECTORY is not set; systemd sets it for "
                    + "“LoadCredential=” and “LoadCredentialEncrypted=”")
        }
        if purpose == .use, unsafe mkdir(path, 0o700) != 0, errno != EEXIST { throw Self.failure("cannot be made", path) }
        descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure("cannot be opened", path) }
        var status = stat()
        // An error from here on leaves the descriptor to `deinit`.
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & 0o022 == 0 else {
            throw Failure("the folder of keys “\(path)” can be written by others: chmod 700 \(path)")
        }
        try checkOwner(of: status, "the folder of keys “\(path)”", path)
        if let secretsPath {
            guard unsafe stat(secretsPath, &status) == 0 else { throw Self.failure("cannot be examined", secretsPath) }
            guard status.st_mode & 0o022 == 0 else {
                throw Failure("the folder of credentials “\(secretsPath)” can be written by others")
            }
            try checkOwner(of: status, "the folder of credentials “\(secretsPath)”", secretsPath)
        }
        guard purpose == .look || flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw Failure(
                "another nuncio uses the keys in “\(path)”: stop that one, or give this one another “dnssec.key-folder”")
        }
    }

    deinit {
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    /// The owner could put other keys there at any time. Root may look at those of the service's user.
    private func checkOwner(of status: stat, _ what: String, _ path: String) throws(Failure) {
        let user = geteuid()
        guard status.st_uid != user, status.st_uid != 0, !(purpose == .look && user == 0) else { return }
        throw Failure(
            "\(what) belongs to the user \(status.st_uid), but this server runs as \(user): only the latter or root may own it: "
                + "chown \(user) \(path)")
    }

    private static func failure(_ what: String, _ path: String) -> Failure {
        Failure("“\(path)” \(what): \(SystemError.last)")
    }

    /// Whether new keys can be made here.
    var makesKeys: Bool { secretsPath == nil }

    // MARK: How far zones are

    /// - Returns: `nil` if the folder knows nothing about this zone yet.
    func state(of apex: DomainName) throws(Failure) -> ZoneKeys? {
        let file = statePath(apex)
        guard let text = try read(file, isSecret: false) else { return nil }
        do {
            return try JSONDecoder().decode(ZoneKeys.self, from: text)
        } catch {
            throw Failure("“\(file)” does not hold the state of a zone’s keys: restore it from a backup")
        }
    }

    /// Writes a zone's state; returns when it is durable.
    func keep(_ state: ZoneKeys, of apex: DomainName) throws(Failure) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        guard let text = try? encoder.encode(state) else { throw Failure("the state of \(apex) cannot be written") }
        try write(text + Data("\n".utf8), to: statePath(apex))
    }

    // MARK: Keys

    /// The secret of one of a zone's keys.
    func key(_ key: ZoneKeys.Key, of apex: DomainName) throws(Failure) -> SigningKey {
        let name = KeyFile.name(apex: apex, algorithm: key.algorithm, tag: key.tag)
        let file = try secretFile(named: name)
        guard let data = try read(file, isSecret: true) else {
            throw Failure("“\(file)” is missing: \(apex) is signed with that key. Restore it from a backup")
        }
        let isEntry = key.role != .zoneSigning
        do {
            let content = try KeyFile.Content(of: String(decoding: data, as: UTF8.self))
            guard content.algorithm == key.algorithm else {
                throw KeyFile.Fault(
                    "it is a key of algorithm \(content.algorithm.name), but \(apex) is signed with one of algorithm \(key.algorithm.name)"
                )
            }
            let signing = try content.key(isSecureEntryPoint: isEntry)
            guard signing.tag == key.tag else {
                throw KeyFile.Fault(
                    "its key has the tag \(signing.tag) as a \(key.role.rawValue.uppercased()), so it is another key")
            }
            return signing
        } catch {
            throw Failure(
                "“\(file)” is not the private key with the tag \(key.tag), with which \(apex) is signed: \(error). Restore it from a backup"
            )
        }
    }

    /// The keys of a zone that were put there and have none of these tags, in the order of their files' names.
    func unusedKeys(of apex: DomainName, besides tags: Set<UInt16>) throws(Failure) -> [SigningKey] {
        let folder = secretsPath ?? path
        var keys: [SigningKey] = []
        for file in try Self.names(in: folder) {
            // For a whole folder, systemd puts the credential's name and “_” before the name of each file.
            guard let start = file.range(of: "K\(KeyFile.zoneName(apex))+")?.lowerBound,
                start == file.startIndex || !makesKeys && file[..<start].hasSuffix("_"),
                let (algorithm, tag) = KeyFile.parts(ofName: String(file[start...])), !tags.contains(tag),
                let data = try read(folder + "/" + file, isSecret: true)
            else { continue }
            do {
                keys.append(try Self.key(in: String(decoding: data, as: UTF8.self), algorithm, tag))
            } catch {
                throw Failure("“\(folder)/\(file)” cannot sign \(apex): \(error)")
            }
        }
        return keys
    }

    private static func key(in text: String, _ algorithm: UInt8, _ tag: UInt16) throws(KeyFile.Fault) -> SigningKey {
        let content = try KeyFile.Content(of: text)
        guard content.algorithm.rawValue == algorithm else {
            throw KeyFile.Fault("it is a key of algorithm \(content.algorithm.rawValue), but its name says \(algorithm)")
        }
        // The tag tells whether the key is a zone's entry; the file does not.
        let (entry, other) = (try content.key(isSecureEntryPoint: true), try content.key(isSecureEntryPoint: false))
        guard let key = [entry, other].first(where: { $0.tag == tag }) else {
            throw KeyFile.Fault(
                "its key has the tag \(entry.tag) with the SEP flag and \(other.tag) without, but its name says \(tag)")
        }
        return key
    }

    /// Makes a new key; it is durable on return.
    func makeKey(
        _ algorithm: SigningAlgorithm, _ role: ZoneKeys.Role, of apex: DomainName, besides tags: Set<UInt16>
    ) throws(Failure) -> SigningKey {
        guard makesKeys else {
            throw Failure(
                "“dnssec.private-keys” is “credentials”, so no key is made here: make one for \(apex) with “nuncio dnssec generate” "
                    + "and give it to the service")
        }
        let key = SigningKey(algorithm, isSecureEntryPoint: role != .zoneSigning, avoiding: tags)
        try keep(key, of: apex)
        return key
    }

    /// Writes a key; returns when it is durable.
    func keep(_ key: SigningKey, of apex: DomainName) throws(Failure) {
        try write(
            Data(KeyFile.text(of: key).utf8),
            to: path + "/" + KeyFile.name(apex: apex, algorithm: key.algorithm, tag: key.tag))
    }

    /// Deletes a key that has no use any more.
    func remove(_ key: ZoneKeys.Key, of apex: DomainName) {
        guard makesKeys else { return }
        // A file that stays is only untidy.
        unsafe unlink(path + "/" + KeyFile.name(apex: apex, algorithm: key.algorithm, tag: key.tag))
    }

    // MARK: Files

    private func statePath(_ apex: DomainName) -> String { "\(path)/\(KeyFile.zoneName(apex))state" }

    private func secretFile(named name: String) throws(Failure) -> String {
        guard let secretsPath else { return path + "/" + name }
        // For a whole folder, systemd puts the credential's name and “_” before the name of each file.
        guard let found = try Self.names(in: secretsPath).first(where: { $0 == name || $0.hasSuffix("_" + name) }) else {
            throw Failure("there is no credential whose name is, or ends with, “\(name)” in “\(secretsPath)”")
        }
        return secretsPath + "/" + found
    }

    /// The names of a folder's files, sorted. It throws if the folder cannot be listed, because that does not mean that it is empty.
    private static func names(in folder: String) throws(Failure) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        } catch {
            throw Failure("“\(folder)” cannot be listed: \(SystemError.text(error))")
        }
    }

    /// - Returns: `nil` if there is no such file.
    private func read(_ file: String, isSecret: Bool) throws(Failure) -> Data? {
        // A process that can write in the folder could make a link to anything that this process may read.
        let descriptor = unsafe open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw Self.failure("cannot be opened", file)
        }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw Failure("“\(file)” is not a regular file")
        }
        try checkOwner(of: status, "“\(file)”", file)
        // systemd keeps others out of the folder of credentials.
        if isSecret, makesKeys, status.st_mode & 0o077 != 0 {
            throw Failure("the private key “\(file)” can be read by others: chmod 600 \(file)")
        }
        do {
            return try handle.readToEnd() ?? Data()
        } catch {
            throw Failure("“\(file)” cannot be read: \(SystemError.text(error))")
        }
    }

    /// Writes a file atomically and durably.
    private func write(_ data: Data, to file: String) throws(Failure) {
        let temporary = file + ".new"
        unsafe unlink(temporary)
        let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw Self.failure("cannot be made", temporary) }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            try handle.write(contentsOf: data)
            try handle.synchronize()
            try handle.close()
        } catch {
            unsafe unlink(temporary)
            throw Failure("“\(temporary)” cannot be written: \(SystemError.text(error))")
        }
        guard unsafe rename(temporary, file) == 0, fsync(self.descriptor) == 0 else {
            let failure = Self.failure("cannot be moved into place", temporary)
            unsafe unlink(temporary)
            throw failure
        }
    }
}

import Foundation
import Glibc
import SystemErrors

/// The files of one certificate, in a folder of their own, for their owner alone (mode 0600): `certificate.pem` (with its key),
/// `account-….json` for each authority, `order.json` while an order is open, and `renewal.json`.
struct CertificateFolder: Sendable {
    private let folder: DurableFolder
    private let path: String

    /// No file is longer than this: 512 KiB.
    private static let maximumLength = 524_288
    private static let certificateFile = "certificate.pem"
    private static let orderFile = "order.json"
    private static let stateFile = "renewal.json"

    /// A file cannot be read or written, or is not what it should be.
    struct Failure: Error, Hashable, CustomStringConvertible {
        let description: String
        /// Whether the file was read, and its content is of no use.
        var isOfContent = false
    }

    /// Makes the folder, unless it exists.
    init(at path: String) throws(Failure) {
        self.path = path
        do {
            try DurableFolder.make(at: path)
            folder = try DurableFolder(at: path)
        } catch {
            throw Failure(description: "\(error)")
        }
        folder.removeRemains()
    }

    // MARK: What is kept

    func certificate() throws(Failure) -> KeptCertificate? {
        guard let octets = try read(Self.certificateFile) else { return nil }
        do {
            return try KeptCertificate(text: String(decoding: octets, as: UTF8.self))
        } catch {
            throw Failure(description: "“\(path)/\(Self.certificateFile)” cannot be used: \(error)", isOfContent: true)
        }
    }

    func keep(_ certificate: KeptCertificate) throws(Failure) {
        try write(Array(certificate.text.utf8), to: Self.certificateFile)
    }

    /// - Throws: ``Failure``, also for a damaged file: its key may be the only one of an account that is bound to another.
    func account(of directory: AuthorityURL) throws(Failure) -> StoredAccount? {
        let name = StoredAccount.fileName(for: directory)
        guard let octets = try read(name) else { return nil }
        guard let account = try? JSONDecoder().decode(StoredAccount.self, from: Data(octets)),
            account.directory == directory.text
        else { throw failure(name, "is not an account of \(directory): move it away, and a new account is made") }
        return account
    }

    func keep(_ account: StoredAccount, of directory: AuthorityURL) throws(Failure) {
        try encode(account, to: StoredAccount.fileName(for: directory))
    }

    /// - Returns: `nil` if there is none. A damaged file counts as none: the authority forgets an order by itself.
    func order() throws(Failure) -> PendingOrder? {
        try read(Self.orderFile).flatMap { try? JSONDecoder().decode(PendingOrder.self, from: Data($0)) }
    }

    func keep(_ order: PendingOrder) throws(Failure) { try encode(order, to: Self.orderFile) }

    func removeOrder() throws(Failure) {
        do {
            try folder.remove(Self.orderFile)
        } catch {
            throw Failure(description: "\(error)")
        }
    }

    /// - Returns: a new state if there is none, or a damaged one.
    func state() throws(Failure) -> RenewalState {
        try read(Self.stateFile).flatMap { try? JSONDecoder().decode(RenewalState.self, from: Data($0)) } ?? RenewalState()
    }

    func keep(_ state: RenewalState) throws(Failure) { try encode(state, to: Self.stateFile) }

    // MARK: Files

    private func encode(_ value: some Encodable, to name: String) throws(Failure) {
        let octets: [UInt8]
        do {
            octets = try JSONText.octets(value) + [UInt8(ascii: "\n")]
        } catch {
            throw failure(name, "cannot be written: \(error)")
        }
        try write(octets, to: name)
    }

    private func write(_ octets: [UInt8], to name: String) throws(Failure) {
        do {
            try folder.write(octets, to: name)
        } catch {
            throw Failure(description: "\(error)")
        }
    }

    /// - Returns: `nil` if there is no such file.
    private func read(_ name: String) throws(Failure) -> [UInt8]? {
        // No link is followed, and a pipe does not hold up the start.
        let descriptor = unsafe openat(folder.descriptor, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw failure(name, "cannot be opened: \(SystemError.last)")
        }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw failure(name, "is not a file")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw failure(name, "can be read by others: give it mode 0600, and think of its keys as known")
        }
        guard status.st_size <= Self.maximumLength else { throw failure(name, "has more than \(Self.maximumLength) octets") }
        do {
            return Array(try handle.read(upToCount: Self.maximumLength) ?? Data())
        } catch {
            throw failure(name, "cannot be read: \(SystemError.text(error))")
        }
    }

    private func failure(_ name: String, _ problem: String) -> Failure {
        Failure(description: "“\(path)/\(name)” \(problem)")
    }
}

package import Delegates
import Foundation
import Glibc
import SystemErrors

/// The owner of a file's folder, as whom root makes files there.
///
/// The owner of a folder can replace each file in it with a link at any moment. What root makes or opens there by name would be
/// made or opened wherever the link leads. So root acts as the owner, who can do no more with links than without. To look first
/// does not help, and SQLite opens its files by name.
package struct FolderOwner: Hashable, Sendable {
    private let folder: String
    /// All folders on the path, from the root down.
    private let passed: [String]
    private let userID: uid_t
    private let groupID: gid_t
    /// Whether the owner is another user than this process, which is then root.
    private let isAnother: Bool

    /// Looks at every folder on the path, including those on the paths of links.
    ///
    /// - Parameters:
    ///   - path: the path of a file. Neither the file nor its folder need exist.
    ///   - followsLast: whether the file may be a link that is followed.
    /// - Throws: ``StorageError/unavailable(_:)`` if other users can put another file in its place.
    package init(of path: String, followsLast: Bool = true) throws(StorageError) {
        let passed = try PassedFolders(of: path, followsLast: followsLast)
        guard let last = passed.folders.last, let root = passed.folders.first else {
            throw .unavailable("“\(path)” has no folder")
        }
        folder = last.path
        self.passed = passed.folders.map(\.path)
        userID = last.status.st_uid
        groupID = last.status.st_gid
        // In a user namespace without a mapping, the system's own folders belong to another user.
        let isRoot = geteuid() == 0
        let trusted = [0, root.status.st_uid, userID]
        isAnother = isRoot && ![0, root.status.st_uid].contains(userID)
        for folder in passed.folders {
            let isSticky = folder.status.st_mode & S_ISVTX != 0
            if folder.status.st_mode & S_IWOTH != 0, !isSticky {
                throw .unavailable(
                    "everybody can write to the folder “\(folder.path)”, and so replace “\(path)”: "
                        + "remove that permission (chmod o-w)")
            }
            guard isRoot else { continue }
            if !trusted.contains(folder.status.st_uid) {
                throw .unavailable(
                    "the folder “\(folder.path)” belongs to \(Self.name(folder.status.st_uid)), who could replace "
                        + "“\(path)”: root does not use it")
            }
            if !isAnother, folder.status.st_mode & S_IWGRP != 0, folder.status.st_gid != 0, !isSticky {
                throw .unavailable(
                    "the group \(folder.status.st_gid) can write to the folder “\(folder.path)”, and so replace "
                        + "“\(path)”: root does not use it; run this as the server’s user, or give that user the folder")
            }
        }
    }

    /// - Throws: ``StorageError/unavailable(_:)`` for root in another user's folder.
    package func checkIsUser() throws(StorageError) {
        guard isAnother, geteuid() == 0 else { return }
        throw .unavailable(
            "its folder “\(folder)” belongs to \(Self.name(userID)): run this as that user (User= of systemd; setpriv, sudo -u), or "
                + "give the folder to root")
    }

    private static func name(_ userID: uid_t) -> String {
        unsafe getpwuid(userID).map { unsafe "“\(String(cString: $0.pointee.pw_name))”" } ?? "the user \(userID)"
    }

    // MARK: Acting

    /// Runs a body as the owner if this process is root, and as the current user otherwise. The whole process is that user
    /// meanwhile.
    package func act<Outcome>(_ body: () throws -> Outcome) throws -> Outcome {
        guard isAnother else { return try body() }
        let own = try begin()
        defer { Self.end(own) }
        return try body()
    }

    package func act<Outcome>(_ body: () async throws -> Outcome) async throws -> Outcome {
        guard isAnother else { return try await body() }
        let own = try begin()
        defer { Self.end(own) }
        return try await body()
    }

    private struct Identity {
        var groupID: gid_t
        var groups: [gid_t]
    }

    private func begin() throws(StorageError) -> Identity {
        var groups = [gid_t](repeating: 0, count: 65_536)
        let count = unsafe getgroups(CInt(groups.count), &groups)
        let own = Identity(groupID: getegid(), groups: Array(groups.prefix(Int(max(0, count)))))
        let others = supplementaryGroups
        guard unsafe setgroups(others.count, others) == 0, setegid(groupID) == 0, seteuid(userID) == 0 else {
            let reason = SystemError.last
            Self.end(own)
            throw .unavailable("root cannot become \(Self.name(userID)), the owner of the folder “\(folder)”: \(reason)")
        }
        if let closed = passed.first(where: { !SystemError.mayEnter($0) }) {
            Self.end(own)
            throw .unavailable(
                "root uses the folder “\(folder)” as its owner \(Self.name(userID)), and that user may not enter “\(closed)”. "
                    + (closed == "/var/lib/private"
                        ? "This happens with DynamicUser= of systemd: give the service a user of its own (User=) instead"
                        : "Let that user through (chmod o+x), or give the folder to root"))
        }
        return own
    }

    private static func end(_ own: Identity) {
        // The user comes first: only root may change the rest.
        seteuid(0)
        setegid(own.groupID)
        _ = unsafe setgroups(own.groups.count, own.groups)
    }

    /// The user's groups, or the folder's group if these cannot be found.
    private var supplementaryGroups: [gid_t] {
        guard let entry = unsafe getpwuid(userID) else { return [groupID] }
        var groups = [gid_t](repeating: 0, count: 1024)
        var count = CInt(groups.count)
        guard unsafe getgrouplist(entry.pointee.pw_name, entry.pointee.pw_gid, &groups, &count) >= 0 else { return [groupID] }
        return Array(groups.prefix(Int(count)))
    }
}

/// The folders in which the kernel looks up names while it follows a path to its file, each by its real path.
private struct PassedFolders {
    var folders: [(path: String, status: stat)] = []

    /// The kernel's limit.
    private static let maximumLinks = 40

    init(of path: String, followsLast: Bool) throws(StorageError) {
        var names = Self.names(of: path)
        if !path.hasPrefix("/") { names = Self.names(of: FileManager.default.currentDirectoryPath) + names }
        var links = 0
        var real: [String] = []
        try pass(real)
        var rest = ArraySlice(names)
        while let name = rest.popFirst() {
            if name == ".." {
                _ = real.popLast()
                continue
            }
            let next = "/" + (real + [name]).joined(separator: "/")
            var status = stat()
            // This process makes what does not exist yet.
            guard unsafe lstat(next, &status) == 0 else { return }
            switch status.st_mode & S_IFMT {
            case S_IFLNK where followsLast || !rest.isEmpty:
                links += 1
                guard links <= Self.maximumLinks, let target = try? FileManager.default.destinationOfSymbolicLink(atPath: next)
                else { throw .unavailable("“\(path)” leads through too many links, or one that cannot be read") }
                if target.hasPrefix("/") { real = [] }
                rest = Self.names(of: target) + rest
            case S_IFDIR:
                real.append(name)
                // The last name is the file's.
                if !rest.isEmpty { try pass(real) }
            default: return
            }
        }
    }

    private static func names(of path: String) -> [String] {
        path.split(separator: "/").map(String.init).filter { $0 != "." }
    }

    private mutating func pass(_ names: [String]) throws(StorageError) {
        let path = "/" + names.joined(separator: "/")
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { throw .file(path, "cannot be looked at") }
        folders.append((path, status))
    }
}

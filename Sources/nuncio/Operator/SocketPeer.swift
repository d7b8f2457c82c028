import ArgumentParser
import Foundation
import Glibc
import NIOCore
import SystemErrors

/// The process on the other side of the operator's socket. A user that can write to the socket's folder could put another socket there,
/// get what commands send, and answer anything.
struct SocketPeer {
    let socket: String
    /// What the server's user owns: the state folder, or the storage that the socket is beside.
    let owned: String

    /// Checks the connection before anything is sent.
    ///
    /// The peer must be root, the command's own user, or the owner of the state folder or the storage's file; if there is none, of
    /// the folder that it would be in.
    ///
    /// - Returns: a future that fails with ``Failure`` if the peer is another user.
    func check(_ channel: any Channel) -> EventLoopFuture<Void> {
        guard let options = channel as? any SocketOptionProvider else {
            return channel.eventLoop.makeFailedFuture(unknown)
        }
        let credentials: EventLoopFuture<Credentials> = options.unsafeGetSocketOption(
            level: .socket, name: NIOBSDSocket.Option(rawValue: SO_PEERCRED))
        return credentials.flatMapThrowing { peer in
            let owner = owner
            guard Self.isTrusted(peer.user, by: geteuid(), storageOwner: owner) else { throw refusal(peer.user, owner: owner) }
        }
    }

    static func isTrusted(_ peer: uid_t, by user: uid_t, storageOwner: uid_t?) -> Bool {
        peer == 0 || peer == user || peer == storageOwner
    }

    /// What Linux tells of a peer (unix(7), SO_PEERCRED).
    private struct Credentials: Sendable {
        var process: pid_t = 0
        var user: uid_t = 0
        var group: gid_t = 0
    }

    private var owner: uid_t? {
        (FileStatus(ofFileAt: owned) ?? FileStatus(ofFileAt: FilePath.folder(of: owned)))?.owner
    }

    private var unknown: Failure {
        Failure(message: "it is unknown who listens at “\(socket)”: nothing was sent", exitCode: .refused)
    }

    private func refusal(_ user: uid_t, owner: uid_t?) -> Failure {
        let whose = owner.map { "; “\(owned)” belongs to \(Self.name(of: $0))" } ?? ""
        return Failure(
            message:
                "“\(socket)” belongs to \(Self.name(of: user))\(whose). It is not the server’s, so nothing was sent: find out how it got there",
            exitCode: .refused)
    }

    private static func name(of user: uid_t) -> String {
        guard let entry = unsafe getpwuid(user), let name = unsafe entry.pointee.pw_name else { return "user \(user)" }
        return unsafe "\(String(cString: name)) (user \(user))"
    }
}

import Glibc

/// What the system says of a file.
///
/// Files with other imports do not use `stat` itself: with Foundation beside Glibc, Swift 6.3 takes its members for those of one module or of another,
/// and not in each build for the same.
package struct FileStatus: Sendable {
    /// The number of the user.
    package let owner: UInt32
    package let isFolder: Bool

    /// Follows links.
    ///
    /// - Returns: `nil` if there is no file, or it cannot be looked at.
    package init?(ofFileAt path: String) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    /// Does not follow a link at the path's end.
    package init?(ofLinkOrFileAt path: String) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    package init?(of descriptor: CInt) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    private init(_ status: stat) {
        owner = status.st_uid
        isFolder = status.st_mode & S_IFMT == S_IFDIR
    }
}

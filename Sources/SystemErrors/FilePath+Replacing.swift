package import Glibc

extension FilePath {
    /// Checks what a new file would replace. A device or a pipe would be lost. A link is not followed: its creator would choose what is
    /// replaced.
    ///
    /// - Returns: why no file can be made there, in words that follow the path; `nil` if there is a file or nothing.
    package static func obstacle(toReplacing path: String) -> String? {
        guard isNameOfFile(path) else { return "is not the name of a file" }
        var status = stat()
        return unsafe lstat(path, &status) == 0 ? obstacle(toReplacing: status) : nil
    }

    /// The same for a status that was read already.
    package static func obstacle(toReplacing status: stat) -> String? {
        switch status.st_mode & S_IFMT {
        case S_IFREG: nil
        case S_IFLNK: "is a link, and links are not followed: give the path that it leads to"
        case S_IFDIR: "is a folder: give the name of a file in it"
        default: "is not a file, and a device, a pipe or a socket is never replaced"
        }
    }

    /// Whether a path ends in a name that a file can have.
    package static func isNameOfFile(_ path: String) -> Bool {
        !path.hasSuffix("/") && !["", ".", ".."].contains(name(of: path))
    }
}

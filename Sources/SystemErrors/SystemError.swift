import Foundation
import Glibc

/// Errors of the system and of Foundation in words for a person.
///
/// On Linux, `localizedDescription` says "The operation could not be completed", and the error itself names domains and numbers. The cause
/// is the number of the underlying system error.
package enum SystemError {
    /// The system's words for an error number, and more where they do not say what to do.
    package static func text(_ number: CInt) -> String {
        let words = unsafe String(cString: strerror(number))
        return switch number {
        case EACCES, EPERM: "\(words) (this runs as the user \(user))"
        case EISDIR: "it is a folder"
        case ENOSPC, EDQUOT: "\(words): make room there"
        default: words
        }
    }

    /// The words for the last error of this thread.
    package static var last: String { text(errno) }

    /// - Returns: the cause of what Foundation threw, or the error's own words if it describes itself.
    package static func text(_ error: any Error) -> String {
        if let number = number(error) { return text(number) }
        guard error is CocoaError || type(of: error) == NSError.self else { return "\(error)" }
        return switch (error as? CocoaError)?.code {
        case .fileReadCorruptFile, .fileReadInapplicableStringEncoding, .fileReadUnknownStringEncoding:
            "it is not text in UTF-8"
        default: error.localizedDescription
        }
    }

    /// The number of the system's error, or of the one that underlies an error of Foundation's; `nil` if there is none.
    private static func number(_ error: any Error) -> CInt? {
        if let error = error as? POSIXError { return error.code.rawValue }
        let error = error as NSError
        if error.domain == NSPOSIXErrorDomain { return CInt(exactly: error.code) }
        return (error.userInfo[NSUnderlyingErrorKey] as? any Error).flatMap(number)
    }

    /// What a file is wanted for.
    package enum Use: Sendable {
        case reading
        case writing
    }

    /// Checks a file without opening it: closing it would take away the locks that SQLite has on it in the same process.
    ///
    /// - Returns: why the file cannot be used; `nil` if no obstacle is visible.
    package static func obstacle(to use: Use, _ path: String) -> String? {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return last }
        guard status.st_mode & S_IFMT != S_IFDIR else { return text(EISDIR) }
        guard status.st_mode & S_IFMT == S_IFREG else { return "it is not a file, but a device, a pipe or a socket" }
        return obstacle(path, use == .writing ? R_OK | W_OK : R_OK)
    }

    /// - Returns: why no file can be made in a folder; `nil` if no obstacle is visible.
    package static func obstacle(toFilesIn folder: String) -> String? {
        obstacle(folder, W_OK | X_OK)
    }

    /// Whether this process, as its current user, gets through a folder.
    package static func mayEnter(_ folder: String) -> Bool { obstacle(folder, X_OK) == nil }

    private static func obstacle(_ path: String, _ mode: CInt) -> String? {
        unsafe faccessat(AT_FDCWD, path, mode, AT_EACCESS) == 0 ? nil : last
    }

    private static var user: String {
        let identifier = geteuid()
        return unsafe getpwuid(identifier).map { unsafe "“\(String(cString: $0.pointee.pw_name))”" } ?? "\(identifier)"
    }
}

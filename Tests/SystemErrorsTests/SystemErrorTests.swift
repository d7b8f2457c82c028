import Foundation
import Glibc
import SystemErrors
import TestSupport
import Testing

/// The messages for errors of the system.
struct SystemErrorTests {
    private func text(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "no error"
        } catch {
            return SystemError.text(error)
        }
    }

    @Test func `what Foundation throws has the system's words`() async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appending(path: "file")
            try Data([0x6D, 0xFC, 0x6E]).write(to: file)
            func read(_ path: String) throws { _ = try String(contentsOfFile: path, encoding: .utf8) }
            #expect(text { try read(folder.path) } == "it is a folder")
            #expect(text { try read(folder.appending(path: "none").path) } == "No such file or directory")
            #expect(text { try read(file.path + "/none") } == "Not a directory")
            #expect(text { try read(file.path) } == "it is not text in UTF-8")
            #expect(text { _ = try FileManager.default.contentsOfDirectory(atPath: file.path) } == "Not a directory")
            // FileHandle throws another type.
            #expect(
                text { try FileHandle(forWritingAtPath: "/dev/full")?.write(contentsOf: Data([1])) }
                    == "No space left on device: make room there")
            #expect(text { throw POSIXError(.EROFS) } == "Read-only file system")
        }
    }

    @Test func `an error that describes itself is left as it is`() {
        struct Own: Error, CustomStringConvertible { var description: String { "as it is" } }
        #expect(SystemError.text(Own()) == "as it is")
    }

    @Test func `a refusal says which user was refused`() {
        #expect(SystemError.text(EACCES).hasPrefix("Permission denied (this runs as the user "))
    }

    @Test func `what is in the way of a file is seen without opening it`() async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appending(path: "file").path
            #expect(SystemError.obstacle(to: .reading, file) == "No such file or directory")
            try Data().write(to: URL(filePath: file))
            #expect(SystemError.obstacle(to: .writing, file) == nil)
            #expect(SystemError.obstacle(to: .reading, folder.path) == "it is a folder")
            #expect(SystemError.obstacle(toFilesIn: folder.path) == nil)
            #expect(SystemError.obstacle(toFilesIn: "/proc/self/none") == "No such file or directory")
        }
    }
}

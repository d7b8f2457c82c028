import Foundation
import Glibc
import TestSupport
import Testing

/// Starting programs for tests.
struct ChildProcessTests {
    @Test func `a program that is open for writing is started when it is not any more`() async throws {
        try await withTemporaryFolder { folder in
            let copy = folder.appending(path: "true")
            try FileManager.default.copyItem(atPath: "/bin/true", toPath: copy.path)
            let descriptor = open(copy.path, O_WRONLY | O_CLOEXEC)
            #expect(descriptor >= 0)
            let process = try await withThrowingTaskGroup(of: ChildProcess.self) { group in
                group.addTask { try await onThread { try ChildProcess(copy.path, [], in: folder) } }
                try await onThread { _ = poll(nil, 0, 100) }
                close(descriptor)
                return try #require(try await group.next())
            }
            #expect(try await onThread { process.waitForExit() } == 0)
        }
    }
}

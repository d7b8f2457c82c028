import Foundation
import TestSupport
import Testing

@testable import Signing

/// Makes a key folder for a test and removes it afterwards.
func withKeyFolder(_ body: (KeyFolder, URL) throws -> Void) async throws {
    try await withTemporaryFolder { parent in
        let folder = parent.appending(path: "keys")
        try body(try KeyFolder(path: folder.path, secretsPath: nil), folder)
    }
}

/// The failure of a key folder with which a body ends; `nil` if it ends without one. Another error is an issue of the test.
func keyFailure(_ body: () throws -> Void) -> KeyFolder.Failure? {
    do {
        try body()
        return nil
    } catch let failure as KeyFolder.Failure {
        return failure
    } catch {
        Issue.record(error)
        return nil
    }
}

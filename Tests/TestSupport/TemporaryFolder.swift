package import Foundation

/// Makes a folder for a test and removes it afterwards.
package func withTemporaryFolder<Outcome>(_ body: (URL) async throws -> Outcome) async throws -> Outcome {
    let folder = FileManager.default.temporaryDirectory.appending(path: "nuncio-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder)
}

import Foundation
import FuzzTargets
import Testing

/// Replays every kept input. An input that fails ends the whole run: its name is the last one printed.
struct CorpusTests {
    @Test(arguments: FuzzTarget.allCases)
    func `kept inputs are survived`(target: FuzzTarget) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let folder = root.appending(path: "Fuzz/corpus/\(target.rawValue)")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        #expect(files.count >= 5)
        for file in files.sorted(by: { $0.path < $1.path }) {
            target.run(Array(try Data(contentsOf: file)))
        }
    }
}

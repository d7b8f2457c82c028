import CAA
import DNS
import Foundation
import Testing

/// The table of cases from the RFCs, their errata and Let's Encrypt's program.
struct CAACaseTests {
    @Test(arguments: CAACase.all)
    func `a case has its verdict`(of case: CAACase) throws {
        let verdict = try `case`.verdict()
        #expect(verdict.isAllowed == `case`.isAllowed, "\(`case`.source): \(verdict.because)")
    }

    @Test func `every line of the table is a case`() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "cases.txt")
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").filter { $0.contains(" | ") }
        #expect(CAACase.all.count == lines.count - 1)
        #expect(CAACase.all.count >= 150)
        #expect(CAACase.all.allSatisfy { !$0.source.isEmpty })
        #expect(Set(CAACase.all.map { "\($0.text)\($0.evaluation)" }).count == CAACase.all.count, "a case is there twice")
    }
}

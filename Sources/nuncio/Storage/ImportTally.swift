import ArgumentParser
import Delegates
import Foundation
import Glibc
import Importing
import SQLiteStorage
import SystemErrors

/// The outcomes of the accounts so far.
final class ImportTally {
    struct Sum: Encodable, Sendable {
        var imported = 0
        var unchanged = 0
        var refused = 0
        var droppedValues = 0
        var droppedNetworks = 0
        var droppedKeys = 0
        var reasons: [String: Int] = [:]
    }

    private static let shownRefusals = 20

    private struct Refusal: Encodable {
        var account: String
        var reason: String
    }

    private var sum = Sum()
    private var done = 0
    private var progress: Progress
    private let path: String
    private let file: FileHandle?

    /// - Parameters:
    ///   - what: what is imported, in the plural.
    ///   - refusedFile: the file for refused accounts. It must not be a file of the database or the storage.
    ///   - read: further files that must stay.
    ///   - database: the file that is imported; `nil` if it is a server's.
    ///   - storage: the file of the storage; `nil` if it is a server's.
    init(
        total: Int, of what: String, refusedFile: String?, besides read: [String], database: String?, storage: String?
    ) throws {
        progress = Progress(total: total, of: what)
        path = refusedFile ?? ""
        file = try refusedFile.map { path in
            try FolderOwner(of: path, followsLast: false).act {
                do throws(StorageError) {
                    for storage in [database, storage].compactMap(\.self) { try OwnFiles.checkIsFree(path, of: storage) }
                    try OwnFiles.check(path, isNoneOf: read)
                } catch {
                    throw Failure(message: error.description, exitCode: .refused)
                }
                let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
                guard descriptor >= 0 else { throw Self.failure(path, SystemError.last) }
                return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
            }
        }
    }

    private static func failure(_ path: String, _ reason: String) -> Failure {
        Failure(message: "“\(path)” cannot be written: \(reason)", exitCode: .refused)
    }

    func add(_ outcomes: [AccountImport.Outcome]) throws {
        for outcome in outcomes {
            switch outcome {
            case .imported(let dropped):
                sum.imported += 1
                sum.droppedValues += dropped.values
                sum.droppedNetworks += dropped.networks
                sum.droppedKeys += dropped.keys
            case .unchanged: sum.unchanged += 1
            case .refused(let account, let reason):
                sum.refused += 1
                sum.reasons[reason, default: 0] += 1
                try tell(Refusal(account: account, reason: reason))
            }
        }
        done += outcomes.count
        progress.show(done)
    }

    private func tell(_ refusal: Refusal) throws {
        if let file {
            let line = Data((try JSONLine.text(refusal) + "\n").utf8)
            do {
                try file.write(contentsOf: line)
            } catch {
                throw Self.failure(path, SystemError.text(error))
            }
        } else if sum.refused <= Self.shownRefusals {
            progress.end()
            printToStandardError("refused: \(refusal.account): \(refusal.reason)")
        } else if sum.refused == Self.shownRefusals + 1 {
            progress.end()
            printToStandardError("(the rest is not printed: --refused FILE lists them all)")
        }
    }

    func end() -> Sum {
        progress.end()
        try? file?.close()
        return sum
    }
}

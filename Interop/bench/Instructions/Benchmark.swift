import Foundation

/// Runs parts of answering a query again and again in memory, for Callgrind: Interop/bench/parts.py counts their instructions.
///
///     nuncio-instructions PART COUNT N
///
/// PART is a ``Part``, COUNT the number of delegates, each with two values, N the number of repetitions.
@main
struct Benchmark {
    static func main() {
        let arguments = CommandLine.arguments.dropFirst().map { $0 }
        guard arguments.count == 3, let part = Part(rawValue: arguments[0]), let count = Int(arguments[1]), count > 0,
            let times = Int(arguments[2])
        else {
            print("usage: nuncio-instructions PART COUNT N")
            print("PART: \(Part.allCases.map(\.rawValue).joined(separator: ", "))")
            exit(64)
        }
        print("\(part.rawValue): \(Content(count: count).run(part, times: times)) octets")
    }
}

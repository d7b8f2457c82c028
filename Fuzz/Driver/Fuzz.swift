import FuzzTargets

/// `fuzz TARGET [libFuzzer's options] [CORPUS…]`
@main
struct Fuzz {
    static func main() {
        let arguments = CommandLine.arguments
        guard arguments.count > 1, let target = FuzzTarget(rawValue: arguments[1]) else {
            let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")
            print("usage: fuzz TARGET [-runs=N] [-max_total_time=SECONDS] [CORPUS…]\ntargets: \(names)")
            return
        }
        chosen = target
        var count = CommandLine.argc - 1
        var rest: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv + 1
        _ = runDriver(&count, &rest, takeOctets)
    }

    nonisolated(unsafe) static var chosen = FuzzTarget.message
}

private func takeOctets(_ octets: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    Fuzz.chosen.run(Array(UnsafeBufferPointer(start: octets, count: count)))
    return 0
}

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ argumentCount: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

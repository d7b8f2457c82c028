#!/usr/bin/env bash
# An optimised Swift program loses the index of a task of a group.
#
# Program:   swiftc of the Swift 6.3.1 toolchain for Linux, from swift.org.
# Input:     tasks of withTaskGroup that return (index, .success(try await ask(index))) from “do throws(Failure)”, and (index, .failure(error))
#            from its “catch”; of the indices 0 to 8 the calls for 2, 5 and 8 fail.
# Expected:  each task returns its own index, whatever the level of optimisation.
# Observed:  -Onone prints “right”. -O prints “wrong: [0, 0, 0, 0, 0, 0, 2, 5, 8]”: where the call succeeds, the index is 0.
#            With the outcome made in a function of its own, “return (index, await outcome())”, both are right.
# Why:       a client that asks several name servers at once tells their answers apart in this way. Tests of a debug build cannot see it.
#
# Exit code: 0 as described, 1 the compiler behaves differently, 77 there is no such toolchain.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
version=$(swiftc -version 2>/dev/null | head -1) || version=
[[ $version == *"6.3.1"* ]] || {
    echo "NOT RUN: there is no Swift 6.3.1 on the PATH" >&2
    exit 77
}
echo "$version"
cat >main.swift <<'SWIFT'
struct Failure: Error { var number: Int }
struct Answer: Sendable { var octets: [UInt8]; var text: String; var more: [String] }

func ask(_ index: Int) async throws(Failure) -> Answer {
    await Task.yield()
    if index % 3 == 2 { throw Failure(number: index) }
    return Answer(octets: [UInt8(index)], text: "yes \(index)", more: [])
}

func each(_ count: Int) async -> [Int] {
    await withTaskGroup { group in
        for index in 0..<count {
            group.addTask {
                do throws(Failure) {
                    return (index, Result<Answer, Failure>.success(try await ask(index)))
                } catch {
                    return (index, .failure(error))
                }
            }
        }
        var seen: [Int] = []
        for await (index, _) in group { seen.append(index) }
        return seen.sorted()
    }
}

let seen = await each(9)
print(seen == Array(0..<9) ? "right" : "wrong: \(seen)")
SWIFT
for level in Onone O; do
    swiftc "-$level" -swift-version 6 main.swift -o "program-$level"
    output=$("./program-$level")
    echo "-$level: $output"
    declare "output_$level=$output"
done
[ "$output_Onone" = right ] && [ "$output_O" = "wrong: [0, 0, 0, 0, 0, 0, 2, 5, 8]" ]

#!/usr/bin/env bash
# Checks rules that the compiler does not. Package.swift says what may import what: a forbidden import does not build.
set -uo pipefail
cd "$(dirname "$0")/.."
broken=0

forbid() { # REASON PATTERN PATH…
    local reason=$1 pattern=$2 found
    shift 2
    if found=$(grep -rnE --include='*.swift' "$pattern" "$@"); then
        echo "$reason:"
        echo "$found"
        broken=1
    fi
}

forbid "The language and the rules know no Foundation, no sockets and no system" \
    '^ *(public |package )?import (Foundation|FoundationEssentials|NIO|Glibc)' Sources/DNS Sources/Delegates Sources/Authority Sources/CAA
forbid "CAA imports the language alone" '^ *(public |package )?import ([^D]|D[^N])' Sources/CAA
forbid "The language imports nothing" '^ *(public |package )?import ' Sources/DNS
forbid "Nothing is public: other packages do not use these targets" '^ *public ' Sources
forbid "No input may reach a trap" '(try!|as!|fatalError\()' Sources
forbid "What the compiler is told to believe stands in the one file that wraps shared memory" \
    '(@unchecked Sendable|nonisolated\(unsafe\))' Sources --exclude=SharedWords.swift
forbid "What cannot be written is told: commands print with printToStandardOutput" '(^|[^A-Za-z.])print\(' Sources
forbid "The table follows the storage's feed: no other way leads into it" '[tT]able\.(enrol|publish|withdraw)\(' Sources
forbid "The web's door asks the room, never the storage" 'DelegateStorage' Sources/Webserver
forbid "Each task is awaited: child tasks live in a group inside some run()" '(^|[^A-Za-z.])Task( *\{|\.detached|\()' Sources
forbid "Clocks are read in Sources/CClock, which says why" '(timespec\(|clock_gettime)' Sources Tests
forbid "Tests wait for conditions, not for time" '(Task\.sleep|usleep|[^a-z]sleep\()' Tests --exclude-dir=TestSupport
forbid "One type writes durable files (Sources/SystemErrors/DurableFolder.swift)" '(fsync\(|renameat|\.synchronize\(\))' Sources --exclude=DurableFolder.swift
forbid "Foundation's URLs read “~” as somebody's home, and SQLite does not: paths go through FilePath" \
    '(fileURLWithPath:|URL\(filePath:|expandingTilde|temporaryDirectory)' Sources
forbid "Foundation's Process crashes now and then (see Tests/TestSupport/ChildProcess.swift)" '(^|[^A-Za-z.])Process\(\)' Sources Tests

if same=$(find Interop -name '*.py' ! -name '__*__.py' -printf '%f\n' | sort | uniq --repeated | grep .); then
    echo "A module's name is its own, in all of Interop:"
    echo "$same"
    broken=1
fi

exit $broken

import DNS

/// The client networks (IPv4 /24, IPv6 /48) that have asked for a delegate's values since the last publication, up to ``capacity``.
///
/// Two words in the delegate's entry, so that neither queries for other delegates nor time make a network forgotten. They hold no address
/// and no network: only 15 bits of its hash with a secret key. Of eight networks, two have the same 15 bits in one case of a thousand; they
/// count as one. A thread that answers writes only when a network asks for the first time.
package struct AskingNetworks {
    /// Eight lanes of 16 bits: the lower 15 are a network's digest, which is never 0, or 0 if the lane is free. The highest bit of the very
    /// first lane says that the count began with the last publication, and not later with the server's start.
    private let words: (first: UInt64, second: UInt64)

    static let wordCount = 2
    static let capacity = 8

    private static let digestBits: UInt64 = 0x7FFF_7FFF_7FFF_7FFF
    private static let highestBits: UInt64 = 0x8000_8000_8000_8000
    private static let lowestBits: UInt64 = 0x0001_0001_0001_0001
    /// The first word of a count that begins with a publication.
    static let start: UInt64 = 0x8000

    init(_ words: (UInt64, UInt64)) {
        self.words = words
    }

    /// A digest of a network's number. As in `WordHash`, of which each step would be a call into another target.
    static func digest(_ network: UInt64, key: UInt64) -> UInt64 {
        let product = (network ^ key).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        return max(1, (product.high ^ product.low) >> 49)
    }

    /// The highest bit of each free lane.
    private static func freeLanes(_ word: UInt64) -> UInt64 {
        ~((word & digestBits) &+ digestBits) & highestBits
    }

    func contains(_ digest: UInt64) -> Bool {
        let repeated = digest &* Self.lowestBits
        return Self.freeLanes(words.first ^ repeated) | Self.freeLanes(words.second ^ repeated) != 0
    }

    /// Where a digest is put: the index of the word, the word, and what is to replace it; `nil` if no lane is free.
    func addition(_ digest: UInt64) -> (index: Int, expected: UInt64, word: UInt64)? {
        var (index, word, free) = (0, words.first, Self.freeLanes(words.first))
        if free == 0 { (index, word, free) = (1, words.second, Self.freeLanes(words.second)) }
        guard free != 0 else { return nil }
        return (index, word, word | digest &<< UInt64(truncatingIfNeeded: free.trailingZeroBitCount &- 15))
    }

    var count: Count {
        let free = Self.freeLanes(words.first).nonzeroBitCount + Self.freeLanes(words.second).nonzeroBitCount
        return Count(networks: Self.capacity - free, isMinimum: free == 0 || words.first & Self.start == 0)
    }

    /// A number of networks.
    package struct Count: Hashable, Sendable {
        package var networks: Int
        /// Whether there may have been more: the delegate has no room for more than eight, and what was asked before the server's start is
        /// not known.
        package var isMinimum: Bool

        package init(networks: Int, isMinimum: Bool) {
            self.networks = networks
            self.isMinimum = isMinimum
        }
    }
}

extension DelegateTable {
    /// Notes that a client asks for a delegate's values. Neither locks nor allocates.
    package func note(_ client: IPAddress, askingAt delegate: Delegate) {
        let network =
            switch client {
            case .v4(let address): UInt64(address.number >> 8)
            case .v6(let address): address.high >> 16 | 1 << 63
            }
        let digest = AskingNetworks.digest(network, key: entries.networkKey)
        // As a rule it has asked before.
        if !entries.askingNetworks(at: delegate.place).contains(digest) { entries.add(digest, at: delegate.place) }
    }
}

/// `place` is that of the word for the delegate's values, after which these words come.
extension DelegateEntries {
    @inline(__always)
    func askingNetworks(at place: Int) -> AskingNetworks {
        AskingNetworks(words.loadTwo(from: place + 1))
    }

    /// Apart from the look whether it is needed, which so takes half the instructions.
    @inline(never)
    fileprivate func add(_ digest: UInt64, at place: Int) {
        var networks = askingNetworks(at: place)
        // Another thread may add its client's network at the same time, or a publication begin another count: then once more.
        while !networks.contains(digest), let addition = networks.addition(digest),
            !words.replace(addition.expected, by: addition.word, at: place + 1 + addition.index)
        {
            networks = askingNetworks(at: place)
        }
    }

    /// Begins a count.
    ///
    /// - Parameter isWhole: whether nobody can have asked since the last publication.
    func beginCountingNetworks(at place: Int, isWhole: Bool) {
        words.store(isWhole ? AskingNetworks.start : 0, at: place + 1)
        words.store(0, at: place + 2)
    }
}

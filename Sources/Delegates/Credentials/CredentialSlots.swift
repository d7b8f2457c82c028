import DNS

/// Credentials by their user names, in little memory: 56 octets each, and 4 to 11 for the index.
struct CredentialSlots: Sendable {
    /// What a credential belongs to.
    enum Owner: Hashable {
        case delegate(DelegateTable.Reference)
        /// A group, by its number.
        case group(UInt32)
    }

    /// The restrictions of a credential, which few have.
    struct Restriction {
        var allowedNetworks: AllowedNetworks
        var expires: Timestamp?
    }

    struct Found {
        /// `nil` if only the storage can check the key, or tell the owner.
        var held: (digest: KeyDigest, owner: Owner)?
        /// `nil` if there is none.
        var restriction: Restriction?
    }

    private struct Slot {
        var username: UniqueID
        var digest: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        var ownerNumber: UInt32 = 0
        var kind: Kind

        /// `nil` if only the storage can tell it, or the slot is free.
        var owner: Owner? {
            switch kind {
            case .ofDelegate: .delegate(DelegateTable.Reference(entry: ownerNumber))
            case .ofGroup: .group(ownerNumber)
            case .free, .stored: nil
            }
        }
    }

    private enum Kind: UInt8 { case free, ofDelegate, ofGroup, stored }

    private var chunks: [ContiguousArray<Slot>] = []
    private var freeSlots: [UInt32] = []
    private var restrictions: [UInt32: Restriction] = [:]
    /// Numbers of slots plus one, by the hash of the user name and linear probing; 0 is an empty place. The count is a power of two.
    private var index: [UInt32] = Array(repeating: 0, count: 1 << 10)
    private(set) var count = 0
    private let seed: UInt64

    private static let chunkBits = 12

    init() {
        var generator = SystemRandomNumberGenerator()
        seed = generator.next()
    }

    // MARK: One credential

    func find(_ username: UniqueID) -> Found? {
        guard let number = number(at: place(of: username)) else { return nil }
        let slot = slot(number)
        guard let owner = slot.owner else { return Found() }
        return Found(held: (KeyDigest(words: slot.digest), owner), restriction: restrictions[number])
    }

    /// Adds a credential, or replaces the one with that user name.
    ///
    /// - Parameters:
    ///   - digest: `nil` if only the storage can check the key.
    ///   - owner: `nil` if only the storage can tell it.
    mutating func put(_ username: UniqueID, digest: KeyDigest?, owner: Owner?, restriction: Restriction?) {
        var slot = Slot(username: username, kind: .stored)
        if let words = digest?.words, let owner {
            slot.digest = words
            (slot.kind, slot.ownerNumber) =
                switch owner {
                case .delegate(let reference): (.ofDelegate, reference.entry)
                case .group(let number): (.ofGroup, number)
                }
        }
        let number: UInt32
        if let old = self.number(at: place(of: username)) {
            number = old
            set(slot, at: number)
        } else {
            reserve(count + 1)
            number = insert(slot)
            index[place(of: username)] = number + 1
            count += 1
        }
        restrictions[number] = restriction
    }

    mutating func remove(_ username: UniqueID) {
        let place = place(of: username)
        guard let number = number(at: place) else { return }
        set(Slot(username: username, kind: .free), at: number)
        freeSlots.append(number)
        restrictions[number] = nil
        count -= 1
        close(place)
    }

    /// Removes the credentials whose owner is gone. Looks at all of them.
    mutating func removeAll(where isGone: (Owner) -> Bool) {
        for number in 0..<UInt32(clamping: chunks.reduce(0) { $0 + $1.count }) {
            let slot = slot(number)
            if let owner = slot.owner, isGone(owner) { remove(slot.username) }
        }
    }

    // MARK: Slots

    private func slot(_ number: UInt32) -> Slot {
        chunks[Int(number) >> Self.chunkBits][Int(number) & (1 << Self.chunkBits - 1)]
    }

    private mutating func set(_ slot: Slot, at number: UInt32) {
        chunks[Int(number) >> Self.chunkBits][Int(number) & (1 << Self.chunkBits - 1)] = slot
    }

    private mutating func insert(_ slot: Slot) -> UInt32 {
        if let number = freeSlots.popLast() {
            set(slot, at: number)
            return number
        }
        if chunks.last.map({ $0.count == 1 << Self.chunkBits }) ?? true {
            var chunk = ContiguousArray<Slot>()
            chunk.reserveCapacity(1 << Self.chunkBits)
            chunks.append(chunk)
        }
        chunks[chunks.count - 1].append(slot)
        return UInt32((chunks.count - 1) << Self.chunkBits + chunks[chunks.count - 1].count - 1)
    }

    // MARK: The index

    /// Makes the index large enough for a number of credentials: at most three quarters of its places are then in use.
    mutating func reserve(_ wanted: Int) {
        var size = index.count
        while size / 4 * 3 < wanted { size *= 2 }
        guard size > index.count else { return }
        let old = index
        index = Array(repeating: 0, count: size)
        for entry in old where entry != 0 { index[place(of: slot(entry - 1).username)] = entry }
    }

    /// The place of a user name in the index, or the empty place where it belongs.
    private func place(of username: UniqueID) -> Int {
        var place = firstPlace(of: username)
        while let number = number(at: place), slot(number).username != username { place = (place + 1) & (index.count - 1) }
        return place
    }

    private func firstPlace(of username: UniqueID) -> Int {
        var hash = WordHash(seed: seed)
        hash.combine(username.high)
        hash.combine(username.low)
        return Int(truncatingIfNeeded: hash.value) & (index.count - 1)
    }

    private func number(at place: Int) -> UInt32? {
        index[place] == 0 ? nil : index[place] - 1
    }

    /// Empties a place, and moves what is then no longer found to where it is.
    private mutating func close(_ emptied: Int) {
        let mask = index.count - 1
        var hole = emptied
        var place = (hole + 1) & mask
        while let number = number(at: place) {
            let distance = (place - firstPlace(of: slot(number).username)) & mask
            if distance >= (place - hole) & mask {
                index[hole] = index[place]
                hole = place
            }
            place = (place + 1) & mask
        }
        index[hole] = 0
    }
}

extension KeyDigest {
    fileprivate init(words: (UInt64, UInt64, UInt64, UInt64)) {
        self.init(
            octets: [words.0, words.1, words.2, words.3].flatMap { word in
                (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) }
            })
    }

    /// `nil` if this is no SHA-256.
    fileprivate var words: (UInt64, UInt64, UInt64, UInt64)? {
        guard octets.count == 32 else { return nil }
        func word(_ start: Int) -> UInt64 { (0..<8).reduce(0) { $0 | UInt64(octets[start + $1]) << ($1 * 8) } }
        return (word(0), word(8), word(16), word(24))
    }
}

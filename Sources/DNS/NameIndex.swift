/// Finds names in a fixed set by their wire form, without regard to case. A query's name is looked up in place, in the message.
package struct NameIndex: Sendable {
    /// The wire forms, one after the other.
    private var octets: [UInt8] = []
    /// The offset of each name, and the end of the last one.
    private var starts: [Int] = [0]
    /// The places of names plus one; 0 marks an empty slot. The count is a power of two, and at most half of the slots are in use.
    private var slots: [UInt32] = [0, 0]
    /// The seed differs from process to process, so that nobody can choose names that meet in one slot.
    private let seed: UInt64

    /// - Precondition: no two names are equal.
    package init(_ names: some Collection<DomainName>) {
        var generator = SystemRandomNumberGenerator()
        seed = generator.next()
        var capacity = 2
        while capacity < names.count * 2 { capacity *= 2 }
        slots = Array(repeating: 0, count: capacity)
        for (place, name) in names.enumerated() {
            var slot = firstSlot(of: name.wire.span)
            while slots[slot] != 0 { slot = (slot + 1) & (capacity - 1) }
            slots[slot] = UInt32(place + 1)
            octets += name.wire
            starts.append(octets.count)
        }
    }

    /// The place of a name in the collection that the index was made from; `nil` if it is not there.
    package func place(of wire: Span<UInt8>) -> Int? {
        var slot = firstSlot(of: wire)
        while slots[slot] != 0 {
            let place = Int(slots[slot] - 1)
            if isName(wire, at: place) { return place }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    /// Whether a name in wire form is the one at a place.
    package func isName(_ wire: Span<UInt8>, at place: Int) -> Bool {
        ASCIICase.equal(octets.span.extracting(starts[place]..<starts[place + 1]), wire)
    }

    private func firstSlot(of wire: Span<UInt8>) -> Int {
        var hash = WordHash(seed: seed)
        hash.combine(wire)
        return Int(truncatingIfNeeded: hash.value) & (slots.count - 1)
    }
}

/// A fast hash of words. Its seed must be random and never leave the process.
package struct WordHash: Sendable {
    package private(set) var value: UInt64

    package init(seed: UInt64) {
        value = seed
    }

    /// Combines octets, without regard to the case of letters.
    package mutating func combine(_ octets: Span<UInt8>) {
        var hash = self
        ASCIICase.forEachWord(of: octets) { hash.combine($0) }
        self = hash
    }

    package mutating func combine(_ word: UInt64) {
        // The high half of a product depends on each bit of both factors.
        let product = (value ^ word).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        value = product.high ^ product.low
    }
}

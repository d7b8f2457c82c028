import DNS
package import Delegates

/// Gives a table the delegates that a storage has read. Each step is done a million times while nothing is answered yet.
package struct TableRestoring {
    private let loading: DelegateTable.Loading
    private let now: Timestamp
    /// The delegates' zone: the part of the last name after its first label. Most names are in the same zone as the one before.
    private var zone: Zone?

    private struct Zone {
        var text: [UInt8]
        var origin: DelegateTable.Origin
        var longestLabel: Int
    }

    /// - Parameter now: the moment of values that were published later, while the system's clock was ahead.
    package init(_ loading: DelegateTable.Loading, now: Timestamp) {
        self.loading = loading
        self.now = now
    }

    /// A value as the storage has it.
    package func value(
        _ value: ChallengeValue, sequence: ChangeSequence, published: Timestamp
    ) -> DelegateTable.PublishedValue {
        // A moment later than now was written while the system's clock was ahead.
        DelegateTable.PublishedValue(value, sequence: sequence, published: min(published, now))
    }

    /// - Parameters:
    ///   - name: a delegate's name in the form of ``DNS/DomainName/storedText``.
    ///   - values: its values in any order.
    /// - Throws: an error for a name that is none.
    package mutating func restore(_ name: Span<UInt8>, _ values: [DelegateTable.PublishedValue]) throws {
        let values = values.count > 1 ? values.sorted { $0.sequence < $1.sequence } : values
        let length = Self.lengthOfPlainLabel(name)
        if let length, let zone, length <= zone.longestLabel, name.count == length + 1 + zone.text.count,
            ASCIICase.equal(name.extracting((length + 1)...), zone.text.span)
        {
            loading.restore(name.extracting(..<length), below: zone.origin, values, now: now)
            return
        }
        let whole = try DomainName(String(decoding: name.octets, as: UTF8.self))
        loading.restore(whole, values, now: now)
        guard let length, let parent = whole.parent, let origin = loading.origin(parent) else { return }
        zone = Zone(
            text: name.extracting(min(length + 1, name.count)...).octets, origin: origin,
            longestLabel: min(DomainName.maximumLabelLength, DomainName.maximumWireLength - parent.wire.count - 1))
    }

    /// The length of a name's first label in the presentation form, if all octets stand for themselves there; otherwise `nil`.
    private static func lengthOfPlainLabel(_ name: Span<UInt8>) -> Int? {
        for index in name.indices {
            switch name[index] {
            case UInt8(ascii: "."): return index > 0 ? index : nil
            case 0x30...0x39, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): continue
            default: return nil
            }
        }
        return nil
    }
}

extension Span<UInt8> {
    fileprivate var octets: [UInt8] { indices.map { self[$0] } }
}

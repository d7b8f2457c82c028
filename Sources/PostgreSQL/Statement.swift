/// An SQL statement with its parameters `$1`, `$2` …
package struct Statement: Sendable {
    package let text: String
    package let parameters: [Parameter]

    package init(_ text: String, _ parameters: [Parameter] = []) {
        self.text = text
        self.parameters = parameters
    }

    /// A value as PostgreSQL takes it in its binary format.
    package enum Parameter: Sendable {
        case integer(Int64?)
        case text(String?)
        case octets([UInt8]?)
        case boolean(Bool)
        case integers([Int64?])
        case texts([String?])
        case octetStrings([[UInt8]?])
        case booleans([Bool])
    }
}

extension Statement.Parameter {
    /// The number of its type in `pg_type`.
    var type: UInt32 {
        switch self {
        case .boolean: Self.booleanType
        case .octets: Self.octetsType
        case .integer: Self.integerType
        case .text: Self.textType
        case .booleans: 1000
        case .octetStrings: 1001
        case .texts: 1009
        case .integers: 1016
        }
    }

    private static let booleanType: UInt32 = 16
    private static let octetsType: UInt32 = 17
    private static let integerType: UInt32 = 20
    private static let textType: UInt32 = 25

    /// The value in the binary format; `nil` for null.
    var octets: [UInt8]? {
        switch self {
        case .integer(let value): value.map(Self.octets)
        case .text(let value): value.map { Array($0.utf8) }
        case .octets(let value): value
        case .boolean(let value): [value ? 1 : 0]
        case .integers(let values): Self.array(of: Self.integerType, values.map { $0.map(Self.octets) })
        case .texts(let values): Self.array(of: Self.textType, values.map { $0.map { Array($0.utf8) } })
        case .octetStrings(let values): Self.array(of: Self.octetsType, values)
        case .booleans(let values): Self.array(of: Self.booleanType, values.map { [$0 ? 1 : 0] })
        }
    }

    private static func octets(_ number: Int64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
    }

    /// An array of one dimension as `array_recv` in PostgreSQL's `arrayfuncs.c` reads it: the number of dimensions, whether there are nulls,
    /// the elements' type, their number, the first index, and then each element after its length; a length of -1 is null.
    private static func array(of type: UInt32, _ elements: [[UInt8]?]) -> [UInt8] {
        var octets: [UInt8] = []
        octets.reserveCapacity(20 + elements.reduce(0) { $0 + 4 + ($1?.count ?? 0) })
        func append(_ number: UInt32) {
            for shift in [24, 16, 8, 0] { octets.append(UInt8(truncatingIfNeeded: number >> UInt32(shift))) }
        }
        append(elements.isEmpty ? 0 : 1)
        append(elements.contains { $0 == nil } ? 1 : 0)
        append(type)
        guard !elements.isEmpty else { return octets }
        append(UInt32(clamping: elements.count))
        append(1)
        for element in elements {
            guard let element else {
                append(.max)
                continue
            }
            append(UInt32(clamping: element.count))
            octets += element
        }
        return octets
    }
}

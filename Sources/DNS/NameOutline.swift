/// The offsets of the labels of a name in wire form.
package struct NameOutline: Sendable {
    private var starts: InlineArray<128, UInt8> = .init(repeating: 0)
    package let labelCount: Int

    /// - Precondition: the name is well formed and not compressed.
    package init(_ name: Span<UInt8>) {
        var count = 0
        var position = 0
        while name[position] != 0 {
            starts[count] = UInt8(position)
            count += 1
            position += Int(name[position]) + 1
        }
        starts[count] = UInt8(position)
        labelCount = count
    }

    /// The offset of the name that consists of the last `count` labels.
    package func start(ofLast count: Int) -> Int { Int(starts[labelCount - count]) }
}

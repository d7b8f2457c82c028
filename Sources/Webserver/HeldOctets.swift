import NIOCore

/// Octets that came on a connection and have not been read yet.
struct HeldOctets {
    private var octets = ByteBuffer()
    /// The number of octets that were already searched for a line's end, in vain.
    private var searched = 0

    var count: Int { octets.readableBytes }

    var view: ByteBufferView { octets.readableBytesView }

    mutating func append(_ more: ByteBuffer) {
        guard count > 0 else {
            octets = more
            return
        }
        var more = more
        octets.discardReadBytes()
        octets.writeBuffer(&more)
    }

    /// The next line, with its end; `nil` if its end has not come.
    mutating func takeLine() -> ByteBufferView? {
        let view = view
        guard let end = view.dropFirst(searched).firstIndex(of: UInt8(ascii: "\n")) else {
            searched = view.count
            return nil
        }
        return take(view[...end].count)?.readableBytesView
    }

    mutating func take(_ length: Int) -> ByteBuffer? {
        searched = 0
        return octets.readSlice(length: length)
    }

    /// Discards all but the first octets.
    mutating func keep(first length: Int) {
        octets = octets.getSlice(at: octets.readerIndex, length: min(length, count)) ?? ByteBuffer()
        searched = min(searched, count)
    }
}

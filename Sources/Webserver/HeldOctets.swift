import NIOCore

/// What came on a connection and was not given to the parser yet, and how far its lines were looked at.
struct HeldOctets {
    private var octets = ByteBuffer()
    /// Where the first line begins that was not passed yet; what is in front of it is a part of a head.
    private(set) var lineStart = 0
    /// The number of octets that were searched for a line's end in vain.
    private var searched = 0

    var count: Int { octets.readableBytes }

    var first: UInt8? { octets.readableBytesView.first }

    mutating func append(_ more: ByteBuffer) {
        guard count > 0 else {
            octets = more
            return
        }
        var more = more
        octets.discardReadBytes()
        octets.writeBuffer(&more)
    }

    /// The line that begins at ``lineStart``, with its end, if that is there.
    mutating func nextLine() -> ByteBufferView? {
        let view = octets.readableBytesView
        guard let end = view.dropFirst(max(lineStart, searched)).firstIndex(of: UInt8(ascii: "\n")) else {
            searched = view.count
            return nil
        }
        searched = 0
        return view.dropFirst(lineStart).prefix(through: end)
    }

    /// Goes to the line after this one, which stays here.
    mutating func pass(_ line: ByteBufferView) {
        lineStart += line.count
    }

    mutating func take(_ length: Int) -> ByteBuffer? {
        lineStart = 0
        searched = 0
        return octets.readSlice(length: length)
    }
}

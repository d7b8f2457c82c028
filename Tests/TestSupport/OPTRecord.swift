package import DNS

/// An OPT record with its options as values.
package struct OPTRecord: Hashable, Sendable {
    package var payloadSize: UInt16
    package var extendedResponseCode: UInt8 = 0
    package var version: UInt8 = 0
    package var isDNSSECOK = false
    package var isCompactOK = false
    package var options: [EDNSOption] = []

    package init(payloadSize: UInt16, isDNSSECOK: Bool = false) {
        self.payloadSize = payloadSize
        self.isDNSSECOK = isDNSSECOK
    }

    init(_ record: EDNS, in message: Span<UInt8>) {
        payloadSize = record.payloadSize
        extendedResponseCode = record.extendedResponseCode
        version = record.version
        isDNSSECOK = record.isDNSSECOK
        isCompactOK = record.isCompactOK
        var position = record.options.lowerBound
        while position < record.options.upperBound, let code = try? message.readUInt16(at: &position),
            let length = try? message.readUInt16(at: &position),
            let data = try? message.readOctets(Int(length), at: &position)
        {
            options.append(EDNSOption(EDNSOptionCode(rawValue: code), data))
        }
    }

    /// The data of the first option with a code.
    package func option(_ code: EDNSOptionCode) -> [UInt8]? {
        options.first { $0.code == code }?.data
    }
}

package struct EDNSOption: Hashable, Sendable {
    package var code: EDNSOptionCode
    package var data: [UInt8]

    package init(_ code: EDNSOptionCode, _ data: [UInt8]) {
        self.code = code
        self.data = data
    }
}

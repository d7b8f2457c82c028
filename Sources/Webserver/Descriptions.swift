import DNS
import DelegateAPI
import Delegates
import FoundationEssentials
import Hummingbird
import NIOCore

extension DomainName {
    /// A delegate's first label.
    var subdomain: String { labels.first.map { String(decoding: Array($0), as: UTF8.self) } ?? "" }
}

extension KeyDescription {
    init(_ credential: Credential, isExpired: Bool) {
        self.init(
            id: credential.username.description, label: credential.label,
            state: isExpired ? .expired : credential.isDisabled ? .disabled : .active,
            allowfrom: credential.allowedNetworks.texts, created: credential.created.text, expires: credential.expires?.text,
            lastUsed: credential.lastUse.map { LastUse(at: $0.time.text, from: $0.address) })
    }
}

extension Timestamp {
    /// The time in UTC as RFC 3339 writes it: `2027-01-31T12:00:00Z`.
    var text: String {
        Date(timeIntervalSince1970: Double(secondsSinceEpoch)).formatted(.iso8601)
    }

    /// Reads a time as RFC 3339 section 5.6 writes it. Fractions of a second are ignored.
    ///
    /// - Throws: ``RequestError/invalidTime(_:)``.
    init(text: String) throws(RequestError) {
        let form = /(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}:\d{2})(?:\.\d+)?([Zz]|[+\-](?:[01]\d|2[0-3]):[0-5]\d)/
        guard let match = text.wholeMatch(of: form.asciiOnlyDigits()),
            let date = try? Date("\(match.1)T\(match.2)\(match.3.uppercased())", strategy: .iso8601),
            // Foundation takes the 30th of February for the 2nd of March.
            let local = try? Date("\(match.1)T\(match.2)Z", strategy: .iso8601),
            local.formatted(.iso8601) == "\(match.1)T\(match.2)Z",
            Self.representable.contains(Int64(date.timeIntervalSince1970))
        else { throw .invalidTime(text) }
        self.init(secondsSinceEpoch: Int64(date.timeIntervalSince1970))
    }

    /// The seconds of the years 0 to 9999 in UTC, which RFC 3339 can write. A time with an offset can lie beyond them.
    private static let representable: ClosedRange<Int64> = -62_167_219_200...253_402_300_799
}

extension Response {
    init(status: HTTPResponse.Status, value: some Encodable) throws {
        self.init(status: status, json: String(decoding: try JSONEncoder.ofAPI.encode(value), as: UTF8.self))
    }
}

extension JSONEncoder {
    static var ofAPI: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }
}

/// The alphabet of RFC 4648 section 5.
enum Base64URL {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// Makes a text of random digits, six bits each.
    static func random(digits count: Int, using generator: inout some RandomNumberGenerator) -> String {
        String(decoding: (0..<count).map { _ in digits[Int(UInt8.random(in: 0..<64, using: &generator))] }, as: UTF8.self)
    }
}

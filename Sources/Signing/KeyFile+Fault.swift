package import DNSSEC

extension KeyFile {
    /// What is wrong with a key's file.
    package enum Fault: Error, Hashable, Sendable {
        /// It lacks the line with which private key files begin.
        case noFormat
        case otherFormat(String)
        /// It lacks a line with the number of the algorithm.
        case noAlgorithm
        /// The algorithm as the file states it.
        case unknownAlgorithm(String)
        /// The key is in a hardware module.
        case inHardware
        case noPrivateKey
        case notBase64
        case notKey(octetCount: Int, SigningAlgorithm)
        /// It is a key of another algorithm than the number in its file's name says.
        case notAsNamed(SigningAlgorithm, named: UInt8)
        /// Its tag with the SEP flag and its tag without are not the one in its file's name.
        case otherTags(entry: UInt16, other: UInt16, named: UInt16)
        /// It is a key of another algorithm than that with which the zone is signed.
        case otherAlgorithm(SigningAlgorithm, expected: SigningAlgorithm)
        /// Its tag in this role is not the one with which the zone is signed.
        case otherKey(tag: UInt16, ZoneKeys.Role)
    }
}

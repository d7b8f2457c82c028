import DNS
import DNSSEC
import Foundation
import SystemErrors

/// The keys in the folder.
extension KeyFolder {
    /// The secret of one of a zone's keys.
    func key(_ key: ZoneKeys.Key, of apex: DomainName) throws(Failure) -> SigningKey {
        let name = KeyFile.name(apex: apex, algorithm: key.algorithm, tag: key.tag)
        let file = try secretFile(named: name, of: apex)
        guard let data = try read(file, isSecret: true) else {
            throw .missingKey(path: file, apex: apex)
        }
        let isEntry = key.role != .zoneSigning
        do throws(KeyFile.Fault) {
            let content = try KeyFile.Content(of: String(decoding: data, as: UTF8.self))
            guard content.algorithm == key.algorithm else {
                throw .otherAlgorithm(content.algorithm, expected: key.algorithm)
            }
            let signing = try content.key(isSecureEntryPoint: isEntry)
            guard signing.tag == key.tag else { throw .otherKey(tag: signing.tag, key.role) }
            return signing
        } catch {
            throw .wrongKey(path: file, tag: key.tag, apex: apex, error)
        }
    }

    /// The keys of a zone that were put there and have none of these tags, in the order of their files' names.
    func unusedKeys(of apex: DomainName, besides tags: Set<UInt16>) throws(Failure) -> [SigningKey] {
        let folder = secretsPath ?? path
        var keys: [SigningKey] = []
        for file in try Self.names(in: folder) {
            guard let name = keyName(inName: file, of: apex), let (algorithm, tag) = KeyFile.parts(ofName: name),
                !tags.contains(tag),
                let data = try read(folder + "/" + file, isSecret: true)
            else { continue }
            do throws(KeyFile.Fault) {
                keys.append(try Self.key(in: String(decoding: data, as: UTF8.self), algorithm, tag))
            } catch {
                throw .unusableKey(path: "\(folder)/\(file)", apex: apex, error)
            }
        }
        return keys
    }

    private static func key(in text: String, _ algorithm: UInt8, _ tag: UInt16) throws(KeyFile.Fault) -> SigningKey {
        let content = try KeyFile.Content(of: text)
        guard content.algorithm.rawValue == algorithm else {
            throw .notAsNamed(content.algorithm, named: algorithm)
        }
        // The tag tells whether the key is a zone's entry; the file does not.
        let (entry, other) = (try content.key(isSecureEntryPoint: true), try content.key(isSecureEntryPoint: false))
        guard let key = [entry, other].first(where: { $0.tag == tag }) else {
            throw .otherTags(entry: entry.tag, other: other.tag, named: tag)
        }
        return key
    }

    /// Makes a new key; it is durable on return.
    func makeKey(
        _ algorithm: SigningAlgorithm, _ role: ZoneKeys.Role, of apex: DomainName, besides tags: Set<UInt16>
    ) throws(Failure) -> SigningKey {
        guard makesKeys else { throw .makesNoKeys(apex: apex) }
        let key = SigningKey(algorithm, isSecureEntryPoint: role != .zoneSigning, avoiding: tags)
        do {
            try keep(key, of: apex)
        } catch {
            // Nothing names the key yet.
            remove(key, of: apex)
            throw error
        }
        return key
    }

    /// Writes a key; returns when it is durable.
    func keep(_ key: SigningKey, of apex: DomainName) throws(Failure) {
        do {
            try folder.write(
                Array(KeyFile.text(of: key).utf8), to: KeyFile.name(apex: apex, algorithm: key.algorithm, tag: key.tag))
        } catch {
            throw .files(error)
        }
    }

    /// Deletes a key that has no use any more.
    func remove(_ key: SigningKey, of apex: DomainName) {
        guard makesKeys else { return }
        // A file that stays is only untidy.
        unsafe unlink(path + "/" + KeyFile.name(apex: apex, algorithm: key.algorithm, tag: key.tag))
    }

    private func secretFile(named name: String, of apex: DomainName) throws(Failure) -> String {
        guard let secretsPath else { return path + "/" + name }
        guard let found = try Self.names(in: secretsPath).first(where: { keyName(inName: $0, of: apex) == name }) else {
            throw .missingCredential(name: name, folder: secretsPath)
        }
        return secretsPath + "/" + found
    }

    /// The name that BIND's tools give to a key's file, in the name that a file has here: for a whole folder, systemd puts the
    /// credential's name and “_” before the name of each file.
    ///
    /// - Returns: `nil` for a file that is no key of the zone.
    private func keyName(inName file: String, of apex: DomainName) -> String? {
        guard let start = file.range(of: "K\(KeyFile.zoneName(apex))+")?.lowerBound,
            start == file.startIndex || !makesKeys && file[..<start].hasSuffix("_")
        else { return nil }
        return String(file[start...])
    }
}

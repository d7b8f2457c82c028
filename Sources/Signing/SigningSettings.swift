import Authority
import DNS
package import DNSSEC
import Foundation
package import Sockets

/// The settings that decide how zones are signed.
package struct SigningSettings: Sendable {
    package var isOn: Bool
    package var keyFolder: String
    package var secrets: Secrets
    /// Whether new zones get a KSK and a ZSK instead of one key for both.
    package var hasSplitKeys: Bool
    /// The algorithm of the keys of new zones.
    package var algorithm: SigningAlgorithm
    /// The age at which a ZSK is replaced; `nil` if it is never replaced.
    package var zoneKeyLifetime: Duration?
    /// The resolvers that are asked for the parents' DS records.
    package var resolvers: [Endpoint]
    /// Whether several servers share the keys.
    package var isShared: Bool

    package init(
        isOn: Bool, keyFolder: String, secrets: Secrets, hasSplitKeys: Bool, algorithm: SigningAlgorithm,
        zoneKeyLifetime: Duration?, resolvers: [Endpoint], isShared: Bool = false
    ) {
        self.isOn = isOn
        self.keyFolder = keyFolder
        self.secrets = secrets
        self.hasSplitKeys = hasSplitKeys
        self.algorithm = algorithm
        self.zoneKeyLifetime = zoneKeyLifetime
        self.resolvers = resolvers
        self.isShared = isShared
    }

    static let off = SigningSettings(
        isOn: false, keyFolder: "", secrets: .inKeyFolder, hasSplitKeys: false, algorithm: .ecdsaP256SHA256,
        zoneKeyLifetime: nil, resolvers: [])

    /// Where private keys are.
    package enum Secrets: Hashable, Sendable {
        /// In the key folder, where they are made.
        case inKeyFolder
        /// In a folder in which others put them, as systemd does with credentials; `nil` if this process has no such folder.
        case credentials(folder: String?)
    }
}

extension SigningSettings {
    func openKeyFolder(to purpose: KeyFolder.Purpose) throws(KeyFolder.Failure) -> KeyFolder {
        switch secrets {
        case .inKeyFolder: try KeyFolder(path: keyFolder, secretsPath: nil, to: purpose)
        case .credentials(let path?): try KeyFolder(path: keyFolder, secretsPath: path, to: purpose)
        case .credentials(nil): throw .noCredentials
        }
    }

    /// The files of this server besides what servers share, only to be looked at; `nil` if there are none.
    func filesBesideShared() throws(KeyFolder.Failure) -> KeyFolder? {
        let hasFolder = FileManager.default.fileExists(atPath: keyFolder)
        switch secrets {
        case .inKeyFolder: return hasFolder ? try openKeyFolder(to: .look) : nil
        case .credentials(let path?):
            return try KeyFolder(path: hasFolder ? keyFolder : path, secretsPath: path, to: .look)
        case .credentials(nil): throw .noCredentials
        }
    }

    /// The key folder, only to be looked at; `nil` if there is none yet.
    func existingKeyFolder() throws(KeyFolder.Failure) -> KeyFolder? {
        FileManager.default.fileExists(atPath: keyFolder) ? try openKeyFolder(to: .look) : nil
    }
}

extension Zones {
    /// The zones whose DS others have. A zone inside another zone of this server has its DS made there.
    var apexesWithParentElsewhere: [DomainName] { all.map(\.apex).filter { parent(of: $0) == nil } }
}

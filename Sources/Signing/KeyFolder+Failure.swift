package import DNS
package import SystemErrors

extension KeyFolder {
    /// Why keys cannot be used.
    package enum Failure: Error, Hashable, Sendable {
        /// Keys are credentials, and this process has none.
        case noCredentials
        /// The system refused something; the reason in its words.
        case system(Action, path: String, reason: String)
        /// A file or the folder could not be written.
        case files(DurableFolder.Failure)
        /// The folder could not be made durable with the new state of a zone's keys in it.
        ///
        /// - Parameter isTakenBack: whether the former state is there again, durably.
        case stateNotDurable(path: String, reason: String, isTakenBack: Bool)
        case writableByOthers(Place)
        case ownedByOther(Place, owner: UInt32, user: UInt32)
        /// A private key can be read by others.
        case readableByOthers(path: String)
        case notRegularFile(path: String)
        /// The folder has keys of the zone, or a state of them, which must not be lost.
        case hasFilesAlready(path: String, apex: DomainName)
        /// Another process uses the folder.
        case inUse(path: String)

        /// The file does not hold the state of a zone's keys.
        case unreadableState(path: String)
        /// This program cannot have written the state.
        case unsoundState(apex: DomainName)
        case missingKey(path: String, apex: DomainName)
        case missingCredential(name: String, folder: String)
        /// The file holds something else than the key with the tag.
        case wrongKey(path: String, tag: UInt16, apex: DomainName, KeyFile.Fault)
        /// The file was put there for the zone and cannot be used.
        case unusableKey(path: String, apex: DomainName, KeyFile.Fault)
        /// The keys that were put there are neither one CSK nor a pair of KSK and ZSK.
        case ambiguousKeys(count: Int, apex: DomainName)
        /// A key is needed, and none is made, because keys are credentials.
        case makesNoKeys(apex: DomainName)
        /// The servers that share the keys have yet to take a state up. No failure: it holds as soon as they have.
        ///
        /// - Parameter proposal: the number of the proposal; `nil` if another one is open, and this one was not made.
        case agreeing(apex: DomainName, proposal: Int?)
        /// The storage has not kept a state that servers share; the reason in its words.
        case notShared(apex: DomainName, reason: String)
        /// The storage has a state that servers share, but not all have said that they have it; the reason in words.
        case notConfirmed(apex: DomainName, reason: String)
        /// What the storage has of a zone's keys cannot be read by this program.
        case unreadableShare(apex: DomainName)
        /// The parent has a DS, so there were keys, and the storage that servers share has none.
        case lostSharedKeys(folder: String, apex: DomainName)
        /// The parent has a DS, so there were keys.
        case lostKeys(path: String, apex: DomainName)
    }

    /// What the system refused.
    package enum Action: Hashable, Sendable {
        case open, examine, list, read
    }

    /// A file or folder that must belong to the server alone.
    package enum Place: Hashable, Sendable {
        case keyFolder(path: String)
        case credentials(path: String)
        case file(path: String)
    }
}

extension KeyFolder.Failure {
    /// Whether the folder has the state of before for certain. Keys that were made for a new one can go then.
    var leavesFormerState: Bool {
        switch self {
        case .stateNotDurable(_, _, let isTakenBack): isTakenBack
        case .agreeing: false
        default: true
        }
    }

    /// The failure of the system call before this.
    static func system(_ action: KeyFolder.Action, _ path: String) -> Self {
        .system(action, path: path, reason: SystemError.last)
    }

    static func system(_ action: KeyFolder.Action, _ path: String, _ error: any Error) -> Self {
        .system(action, path: path, reason: SystemError.text(error))
    }
}

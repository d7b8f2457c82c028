import AcmeDNS
import Delegates
import Logging
import PostgreSQLStorage
import SQLiteStorage
import Signing
import StorageParts

extension Assembly {
    /// Opens the storage and the state folder, and reads the storage and the key folder. No key is made.
    ///
    /// - Throws: ``StartError``.
    init(
        opening configuration: Configuration, version: String, clocks: Server.Clocks, logger: Logger
    ) async throws(StartError) {
        let clock = clocks.steady
        let table = DelegateTable(gate: configuration.answerGate)
        let credentials = CredentialTable(delegates: table)
        let secrets =
            configuration.storage.isShared
            ? SharedSecrets(sealing: configuration.signing.sealingKey, clock: clock, logger: logger) : nil
        let storage: any ServerStorage
        let serials: ZoneSerials
        do {
            storage = try await configuration.openStorage(
                for: table, credentials, secrets, version: version, clocks: clocks, logger: logger)
            if configuration.signing.isOn { table.reserveSignatures() }
            storage.follow(with: table, credentials, clock: clock)
            if let secrets { storage.secrets?.followSecrets(secrets.take) }
            try await storage.load(into: table, now: clock.now)
            if let place = storage.secrets { try await secrets?.load(from: place) }
            serials = ZoneSerials(storage: storage, table: table, clock: clock, logger: logger)
            try await serials.load()
        } catch {
            if let failure = secrets?.failure { throw .keys(failure.description) }
            throw .storage(error)
        }
        let stateLock: FileLock?
        do {
            stateLock = try configuration.state.lock(besides: configuration.storage.sqlitePath)
        } catch {
            throw .state(error)
        }
        if let problem = configuration.misplacedKeysProblem { throw .keys(problem) }
        if let failure = secrets?.failure { throw .keys(failure.description) }
        let signedZones = SignedZones(
            table: table, shared: secrets?.keys, leads: { storage.leads }, report: SigningLog(logger: logger).log)
        secrets?.use(signedZones)
        do {
            try signedZones.adopt(configuration, beginsZones: false, now: clock.now)
        } catch {
            throw .keys(error.description)
        }
        self.init(
            storage: storage, stateLock: stateLock, table: table, credentials: credentials, clock: clock,
            limits: Limits(configuration.limits),
            notes: AuditNotes(storage: storage, clock: clock), slowKeys: SlowKeyQueue { $1.matches($0) },
            signedZones: signedZones, secrets: secrets, serials: serials)
    }
}

extension Configuration {
    fileprivate func openStorage(
        for table: DelegateTable, _ credentials: CredentialTable, _ secrets: SharedSecrets?, version: String,
        clocks: Server.Clocks, logger: Logger
    ) async throws(StorageError) -> any ServerStorage {
        switch storage.database {
        case .sqlite(let path):
            return try SQLiteDelegateStorage(
                path: path, auditedAddresses: audit.addresses, reserve: storage.reserve, logger: logger)
        case .postgresql(let connection):
            var settings = PostgreSQLDelegateStorage.Settings(
                connection: connection, node: nodeSettings(for: table, credentials, secrets, version: version, clocks: clocks))
            settings.auditedAddresses = audit.addresses
            return try await PostgreSQLDelegateStorage.open(settings, logger: logger)
        }
    }
}

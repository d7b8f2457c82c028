import ArgumentParser
import DNS
import DelegateAPI
import Doctor
import Foundation
import Glibc
import UnixSignals

/// A probe from the check of the credential to the withdrawal of its value, which comes in every case.
///
/// The API withdraws all values of a delegate at once. So those that were there before, and those that others have published meanwhile, are
/// published again.
struct ProbeRun: Sendable {
    var probe: Probe
    private let client: APIClient
    private let credential: CredentialFile
    /// Whether the delegate is probed also if a value was published lately.
    private let isForced: Bool
    private let progress: StepProgress
    /// Of the values that the delegate has, in seconds.
    private let ages: [Int64]

    /// An order may still need a value that is younger, in seconds.
    static let youngestAge: Int64 = 600

    /// Asks the server for the credential's delegate.
    ///
    /// - Parameter examination: how the DNS is asked, and for which domain.
    init(
        of examination: Examination, client: APIClient, credential: CredentialFile, isForced: Bool, progress: StepProgress
    ) async throws {
        self.client = client
        self.credential = credential
        self.isForced = isForced
        self.progress = progress
        let description = try await client.delegate(credential)
        ages = description.valueAgesSeconds
        probe = await Probe(
            delegate: try DomainName(description.delegate), challengeName: examination.challengeName,
            resolvers: examination.resolvers, means: examination.means)
    }

    /// - Throws: ``Failure`` if the value could not be published or withdrawn, or ``Interrupted``.
    func outcome() async throws -> ProbeDescription {
        let servers = try await servers()
        let earlier = try await earlierValues(servers)
        let value = Self.randomValue()
        // From here on the signals end the waiting, and not the process.
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        progress.show("publishing")
        let begun = ContinuousClock.now
        do throws(Failure) {
            try await publish(value)
        } catch {
            // It may be there all the same.
            if await isServed(value, servers) { _ = try await withdraw(value, earlier, servers) }
            throw error
        }
        let published = ContinuousClock.now
        let (times, isInterrupted) = await waiting(for: value, at: servers, since: published, signals)
        progress.show("withdrawing")
        let withdrawal = ContinuousClock.now
        let restored = try await withdraw(value, earlier, servers)
        if isInterrupted { throw Interrupted() }
        return ProbeDescription(
            delegate: probe.delegate.withoutFinalDot, publishedSeconds: (published - begun).inSeconds,
            servers: zip(servers, times).map { server, time in
                ProbedServerDescription(
                    server: server.name?.withoutFinalDot ?? "resolver", address: "\(server.endpoint)", seconds: time?.inSeconds)
            }, withdrawnSeconds: withdrawal.duration(to: .now).inSeconds, restoredValues: restored)
    }

    /// The probe was ended by a signal; its value is withdrawn.
    struct Interrupted: Error {}

    private func servers() async throws(Failure) -> [Probe.Server] {
        progress.show("looking for the name servers of \(probe.delegate.withoutFinalDot)")
        let servers: [Probe.Server]
        do {
            servers = try await probe.servers()
        } catch {
            throw Failure(message: "nothing was published: \(error)", exitCode: .unreachable)
        }
        guard servers.contains(where: { $0.name != nil }) else {
            throw Failure(
                message: "nothing was published: no name server of \(probe.delegate.withoutFinalDot) has an address",
                exitCode: .unreachable)
        }
        return servers
    }

    /// The values that the delegate has, the oldest first.
    private func earlierValues(_ servers: [Probe.Server]) async throws(Failure) -> [String] {
        let name = probe.delegate.withoutFinalDot
        if let youngest = ages.min(), youngest < Self.youngestAge, !isForced {
            throw Failure(
                message:
                    "nothing was published: the newest value of \(name) is \(youngest) s old, and an order that needs it may be running. Wait until it is \(Self.youngestAge / 60) minutes old, or give --force",
                exitCode: .refused)
        }
        guard !ages.isEmpty else { return [] }
        for server in servers where server.name != nil {
            if let values = await probe.values(at: server), values.count == ages.count { return values }
        }
        throw Failure(
            message:
                "nothing was published: no name server of \(name) shows the \(ages.count) values that it has, so they could not be put back afterwards",
            exitCode: .unreachable)
    }

    /// Waits for the value, or for a signal.
    private func waiting(
        for value: String, at servers: [Probe.Server], since moment: ContinuousClock.Instant, _ signals: UnixSignalsSequence
    ) async -> (times: [Duration?], isInterrupted: Bool) {
        progress.show("0 of \(servers.count) servers have the value")
        return await withTaskGroup(of: [Duration?]?.self) { group in
            group.addTask {
                await probe.arrivals(of: value, at: servers, since: moment) {
                    progress.show("\($0) of \(servers.count) servers have the value")
                }
            }
            group.addTask {
                for await _ in signals { break }
                return nil
            }
            let first = await group.next().flatMap(\.self)
            group.cancelAll()
            return (first ?? [], first == nil)
        }
    }

    /// Withdraws all values, and publishes all but one of them again.
    ///
    /// - Returns: the number of values that were published again.
    private func withdraw(_ value: String, _ earlier: [String], _ servers: [Probe.Server]) async throws(Failure) -> Int {
        var restored = earlier
        for server in servers where server.name != nil {
            let values = await probe.values(at: server) ?? []
            guard values.contains(value) else { continue }
            restored += values.filter { $0 != value && !restored.contains($0) }
        }
        do throws(Failure) {
            try await client.withdrawValues(credential)
        } catch {
            throw Failure(
                message: "the probe’s value “\(value)” could not be withdrawn: \(error.message)", exitCode: error.exitCode)
        }
        for (index, value) in restored.enumerated() {
            do throws(Failure) {
                try await publish(value)
            } catch {
                throw Failure(
                    message:
                        "the probe’s value is withdrawn, but earlier values could not be published again: \(restored[index...].joined(separator: ", ")): \(error.message)",
                    exitCode: error.exitCode)
            }
        }
        return restored.count
    }

    private func publish(_ value: String) async throws(Failure) {
        _ = try await client.update(
            UpdateRequest(subdomain: credential.subdomain, txt: value), username: credential.username,
            password: credential.password)
    }

    private func isServed(_ value: String, _ servers: [Probe.Server]) async -> Bool {
        for server in servers where server.name != nil {
            if await probe.values(at: server)?.contains(value) == true { return true }
        }
        return false
    }

    /// 43 characters, as a digest of an authority has them.
    private static func randomValue() -> String {
        var generator = SystemRandomNumberGenerator()
        let all = (0..<4).flatMap { _ in octets(of: generator.next()) }
        return Data(all).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    private static func octets(of word: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) }
    }
}

extension Duration {
    /// With milliseconds.
    fileprivate var inSeconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds / 1_000_000_000_000_000) / 1_000
    }
}

package import FoundationEssentials

/// What is known of a certificate's renewal, and what to do next. It is stored, and has no clock of its own.
package struct RenewalState: Hashable, Sendable, Codable {
    package internal(set) var backOff = BackOff()
    /// Why the last attempt failed, in words; `nil` after a success.
    package internal(set) var lastProblem: String?
    private var plan: Plan?
    /// The certificate that was revoked here, by its digest.
    private var revoked: String?
    /// When the last certificate came; `nil` if none has come yet.
    private var rest: Rest?

    /// A time in which no renewal is due.
    private struct Rest: Hashable, Sendable, Codable {
        var begin: Date
        var end: Date
    }

    /// When one certificate is renewed.
    private struct Plan: Hashable, Sendable, Codable {
        /// The certificate's digest.
        var certificate: String
        var moment: Date
        /// What the authority said; `nil` if it said nothing.
        var information: RenewalInformation?
        /// When the authority is asked next.
        var question: Date
        /// When the certificate was first seen here.
        var begin: Date
    }

    /// Why a certificate is ordered.
    package enum Reason: Hashable, Sendable {
        case noCertificate
        /// The certificate cannot be used for the names.
        case unusable(LeafCertificate.Fault)
        /// The certificate is from another authority.
        case otherAuthority
        case renewal
        case revoked
        /// Somebody has asked for it.
        case requested
        /// An order from before is not finished.
        case unfinished
    }

    package enum Step: Hashable, Sendable {
        case order(Reason)
        /// The authority is asked when to renew.
        case askAuthority
        case wait(until: Date)
    }

    /// What there is to decide about.
    package struct Situation: Hashable, Sendable {
        /// The certificate that is kept; `nil` if there is none.
        package var certificate: LeafCertificate?
        /// Why it cannot stay; `nil` if it can.
        package var fault: Reason?
        package var hasUnfinishedOrder = false

        package init(certificate: LeafCertificate?, fault: Reason? = nil, hasUnfinishedOrder: Bool = false) {
            self.certificate = certificate
            self.fault = fault
            self.hasUnfinishedOrder = hasUnfinishedOrder
        }
    }

    package init() {}

    /// What to do now. A moment of renewal must have been planned for the certificate before.
    package func step(in situation: Situation, at now: Date) -> Step {
        let wanted = reason(in: situation, at: now)
        if let wanted { return backOff.end(at: now).map(Step.wait) ?? .order(wanted) }
        guard let plan, let certificate = situation.certificate else { return .order(.noCertificate) }
        // Without a name for it, the authority cannot be asked.
        let moment = moment(at: now) ?? now
        guard certificate.renewalID != nil else { return .wait(until: moment) }
        return now >= plan.question || now < plan.begin ? .askAuthority : .wait(until: min(moment, plan.question))
    }

    private func reason(in situation: Situation, at now: Date) -> Reason? {
        guard let certificate = situation.certificate else { return .noCertificate }
        if let fault = situation.fault { return fault }
        if revoked == certificate.digest { return .revoked }
        if situation.hasUnfinishedOrder { return .unfinished }
        return moment(at: now).map { now >= $0 } ?? false ? .renewal : nil
    }

    /// When an attempt will be made: at the time of renewal, or after the back-off; `nil` without a plan and a back-off.
    package func nextAttempt(in situation: Situation, at now: Date) -> Date? {
        if let end = backOff.end(at: now) { return end }
        if reason(in: situation, at: now) != nil { return now }
        return moment(at: now)
    }

    /// The moment of the renewal; `nil` without a plan. A new certificate can be due at once by this machine's clock, if that is fast: it
    /// must not lead to one order after another. A clock that was set back to before the certificate ends the rest.
    private func moment(at now: Date) -> Date? {
        guard let plan, let rest, now >= rest.begin else { return plan?.moment }
        return max(plan.moment, rest.end)
    }

    // MARK: Planning

    /// The part of a lifetime that is left at the renewal: half of a short one, so that there is time for several attempts.
    static func remainder(of lifetime: TimeInterval) -> Double { lifetime < 10 * 86_400 ? 1.0 / 2 : 1.0 / 3 }
    /// The part of a lifetime by which the renewal can be earlier, so that many servers do not come at once.
    static let jitter = 1.0 / 20
    /// The part of a lifetime that is left at the latest renewal, whatever an authority says.
    static let leastRemainder = 1.0 / 10
    /// The least time from one certificate to its renewal, in seconds, or a tenth of a shorter lifetime: whatever an authority says, and
    /// whatever this machine's clock is.
    static let leastUse: TimeInterval = 86_400

    /// Plans the renewal of a certificate, unless it is planned already.
    ///
    /// - Parameter random: a number from 0 to 1.
    /// - Returns: whether anything changed.
    package mutating func plan(for certificate: LeafCertificate, at now: Date, random: Double) -> Bool {
        guard plan?.certificate != certificate.digest else { return false }
        let lifetime = max(certificate.lifetime, 0)
        let moment = certificate.notAfter.addingTimeInterval(-lifetime * (Self.remainder(of: lifetime) + Self.jitter * random))
        plan = Plan(certificate: certificate.digest, moment: moment, information: nil, question: now, begin: now)
        return true
    }

    /// Takes what the authority says. A window that did not change leaves the moment as it is (RFC 9773 section 4.2).
    ///
    /// - Returns: the moment of the renewal, if it changed.
    package mutating func learn(
        _ information: RenewalInformation, retryAfter: RetryAfter?, for certificate: LeafCertificate, at now: Date,
        random: Double
    ) -> Date? {
        guard var plan, plan.certificate == certificate.digest else { return nil }
        defer { self.plan = plan }
        let wait =
            retryAfter?.wait(from: now, within: RenewalInformation.askedAgain) ?? RenewalInformation.askedAgainByDefault
        plan.question = now.addingTimeInterval(Double(wait.components.seconds))
        plan.begin = min(plan.begin, now)
        guard plan.information?.start != information.start || plan.information?.end != information.end else { return nil }
        plan.information = information
        let lifetime = max(certificate.lifetime, 0)
        let chosen = information.start.addingTimeInterval(information.end.timeIntervalSince(information.start) * random)
        let latest = certificate.notAfter.addingTimeInterval(-lifetime * Self.leastRemainder)
        let earliest = plan.begin.addingTimeInterval(min(Self.leastUse, lifetime / 10))
        plan.moment = min(max(chosen, earliest), latest)
        return plan.moment
    }

    /// The authority said nothing of use: it is asked again later.
    package mutating func learnNothing(retryAfter: RetryAfter?, at now: Date) {
        let wait =
            retryAfter?.wait(from: now, within: RenewalInformation.askedAgain) ?? RenewalInformation.askedAgainByDefault
        guard var plan else { return }
        plan.question = now.addingTimeInterval(Double(wait.components.seconds))
        plan.begin = min(plan.begin, now)
        self.plan = plan
    }

    // MARK: Attempts

    mutating func fail(_ problem: KeepingProblem, at now: Date, random: Double) {
        lastProblem = problem.description
        backOff.fail(
            at: now, retryAfter: problem.retryAfter, random: random,
            longest: problem.isObstacle ? BackOff.longestForObstacle : BackOff.longest)
    }

    /// - Parameter certificate: what came; `nil` if an order from before was given up without need.
    mutating func succeed(with certificate: LeafCertificate?, at now: Date) {
        lastProblem = nil
        backOff.succeed()
        guard let certificate else { return }
        rest = Rest(begin: now, end: now.addingTimeInterval(min(Self.leastUse, max(certificate.lifetime, 0) / 10)))
    }

    package mutating func revoke(_ certificate: LeafCertificate) { revoked = certificate.digest }
}

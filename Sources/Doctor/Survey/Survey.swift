import DNS
import DNSClient
import Glibc
import Sockets
import Validation

/// Asks for all that the checks judge. Questions that need no other's answer are asked at once.
struct Survey: Sendable {
    let examination: Examination
    let descent: Descent
    let progress: Examination.Progress

    init(_ examination: Examination, _ progress: @escaping Examination.Progress) async {
        self.examination = examination
        self.progress = progress
        descent = await Descent(examination.means)
    }

    func facts() async -> Facts {
        let (domain, challenge) = (examination.domain, examination.challengeName)
        progress("looking for the zone of \(domain.withoutFinalDot)")
        async let otherWays = otherWays()
        async let early = examination.server == nil ? lookUps() : nil
        var isRootReached = true
        do throws(DescentFailure) {
            // Each name below the root is asked there.
            _ = try await descent.place(of: domain.suffix(labelCount: min(1, domain.labelCount)))
        } catch {
            if case .unreachable(.root, _) = error { isRootReached = false }
        }
        let challengePlace = await place(of: challenge)
        let domainPlace = await place(of: domain)
        progress("asking the name servers of \(domain.withoutFinalDot)")
        async let customerServers = customerServers(challengePlace)
        async let randomName = randomName(domainPlace)
        var chain = await chain(from: challengePlace)
        // The server on the way down may be one that has another state than the others.
        if case .seen(var place) = challengePlace, let target = await customerServers.usualAnswer?.targets.first,
            chain.names.first != target
        {
            place.state = .alias(challenge, target: target)
            chain = await self.chain(from: .seen(place))
        }
        // A server is asked before anything here asks for the delegate's values: it counts the networks that do.
        let held = await held(chain)
        let customerZone = challengePlace.value?.zone
        async let customerSignatures = signedZone(customerZone, asking: challenge, .cname)
        async let delegateSights = delegateSights(chain, customerZone: customerZone?.apex)
        var lookUps = if let begun = await early { begun } else { await self.lookUps() }
        let (delegateZone, delegateSignatures) = await delegateSights
        progress("validating the answers")
        // Where no name server can be asked, the resolvers are asked for what is validated.
        if challengePlace.value == nil, domainPlace.value == nil, !examination.resolvers.isEmpty {
            var validator = examination.means.validator
            validator.source = .resolvers(examination.resolvers)
            lookUps.validation = await validation(
                validator, "libunbound, which asked \(examination.resolvers.map(\.hostText).joined(separator: ", "))")
        }
        return Facts(
            domain: domainPlace, challenge: challengePlace, isRootReached: isRootReached,
            customerServers: await customerServers,
            randomName: await randomName, chain: chain, delegateZone: delegateZone, validation: lookUps.validation,
            signedZones: [await customerSignatures, delegateSignatures].compactMap(\.self), otherWays: await otherWays,
            resolvers: lookUps.resolvers, held: unchanged(held, await self.held(chain)), moment: Int64(time(nil)))
    }

    /// What the name servers of the delegates' zone say, and how it is signed unless it is the customer's own.
    private func delegateSights(
        _ chain: AliasChain, customerZone: DomainName?
    ) async -> (zone: ZoneSight?, signatures: SignedZoneSight?) {
        guard let place = chain.place, let delegate = chain.names.last else { return (nil, nil) }
        progress("asking the name servers of \(place.zone.apex.withoutFinalDot)")
        async let signatures = signedZone(place.zone, asking: delegate, .txt)
        let sight = await zoneSight(place.zone, delegate: delegate)
        return (sight, place.zone.apex == customerZone ? nil : await signatures)
    }

    /// What validation and the resolvers say, which ask for the delegate's values.
    private func lookUps() async -> (validation: ValidationSight, resolvers: [ResolverSight]) {
        async let resolvers = resolverSights()
        let source = "libunbound, which asked name servers from the root down"
        return (await validation(examination.means.validator, source), await resolvers)
    }

    func place(of name: DomainName) async -> Sight<Place> {
        await sight { () async throws(DescentFailure) in try await descent.place(of: name) }
    }

    func sight<Value: Sendable>(_ look: () async throws(DescentFailure) -> Value) async -> Sight<Value> {
        do throws(DescentFailure) {
            return .seen(try await look())
        } catch {
            return .unseen("\(error)")
        }
    }

    /// What the server has of the delegate: of the one that is expected, or else of that to which the CNAME leads.
    private func held(_ chain: AliasChain) async -> Sight<DelegateView>? {
        guard let server = examination.server, let delegate = examination.delegate ?? chain.names.last,
            server.zone(of: delegate) != nil
        else { return nil }
        do {
            return .seen(try await server.delegate(delegate))
        } catch {
            // What exactly is wrong is for operators, and others may ask.
            return .unseen("it cannot tell at the moment")
        }
    }

    /// What the server had before others were asked, but no values if it has other ones since: nobody can say which the others should have.
    private func unchanged(_ before: Sight<DelegateView>?, _ after: Sight<DelegateView>?) -> Sight<DelegateView>? {
        guard case .seen(.present(var contents))? = before, case .seen(.present(let later))? = after,
            contents.values != later.values
        else { return before }
        contents.values = nil
        return .seen(.present(contents))
    }

    /// - Parameter source: how the answers come about, in words.
    private func validation(_ validator: Validator, _ source: String) async -> ValidationSight {
        let names = sequence(first: examination.domain, next: \.parent).prefix { !$0.isRoot }
        let questions =
            [Question(name: examination.challengeName, type: .txt)] + names.map { Question(name: $0, type: .caa) }
        do throws(ValidatorProblem) {
            let answers = try await validator.ask(questions)
            return ValidationSight(challenge: answers[0], caa: Array(zip(names, answers.dropFirst())), source: source)
        } catch {
            let unknown = ValidatedAnswer(security: .unknown("\(error)"))
            return ValidationSight(challenge: unknown, caa: names.map { ($0, unknown) }, source: source)
        }
    }
}

extension Descent {
    /// A descent that asks addresses of IPv6 only if this machine has a way to them.
    init(_ means: Examination.Means) async {
        var reach = means.reach
        let hosts = means.hints.nameservers.values.flatMap(\.self)
        if let host = hosts.first(where: { if case .v6 = $0 { true } else { false } }) {
            reach.usesIPv6 = await Route.source(towards: host) != nil
        }
        self.init(hints: means.hints, reach: reach)
    }
}

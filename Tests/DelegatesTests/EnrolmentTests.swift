import DNS
import Delegates
import TestSupport
import Testing

/// Enrolling: names, and how many of them a network gets.
struct EnrolmentTests {
    private let room: Room

    init() async throws {
        room = try await Room()
    }

    @Test func `a new delegate is a random name below the zone, in the DNS at once`() async throws {
        let outcome = try await room.enrolment().enrol(allowedNetworks: .all, token: nil, from: try room.address("192.0.2.1"))
        #expect(outcome.delegate == (try DomainName("\(outcome.subdomain).d.example")))
        #expect(room.table.isEnrolled(outcome.delegate))
        #expect(room.table.sequence == ChangeSequence(1))
    }

    @Test func `nobody enrols where registration is closed`() async throws {
        let address = try room.address("192.0.2.1")
        await #expect(throws: Refusal.registrationClosed) {
            try await room.enrolment(mode: .closed).enrol(allowedNetworks: .all, token: nil, from: address)
        }
    }

    @Test func `one network enrols so many an hour, others are not in its way`() async throws {
        let enrolment = room.enrolment(limit: 2)
        for host in 1...2 {
            _ = try await enrolment.enrol(allowedNetworks: .all, token: nil, from: try room.address("192.0.2.\(host)"))
        }
        let neighbour = try room.address("192.0.2.3")
        await #expect(throws: Refusal.tooManyRegistrations(retryAfter: .seconds(3600))) {
            try await enrolment.enrol(allowedNetworks: .all, token: nil, from: neighbour)
        }
        _ = try await enrolment.enrol(allowedNetworks: .all, token: nil, from: try room.address("192.0.3.1"))
        _ = try await enrolment.enrol(allowedNetworks: .all, token: nil, from: try room.address("2001:db8:1::1"))
    }
}

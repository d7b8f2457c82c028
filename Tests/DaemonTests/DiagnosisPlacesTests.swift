import DNS
import Testing
import Webserver

@testable import Daemon

struct DiagnosisPlacesTests {
    private let places = DiagnosisPlaces()

    private func holder(_ delegate: String) throws -> DiagnosisRequest {
        DiagnosisRequest(domain: try DomainName("example.com."), delegate: try DomainName("\(delegate).delegates.example.net."))
    }

    private func operators() throws -> DiagnosisRequest {
        var request = try holder("d1")
        request.isForOperator = true
        return request
    }

    @Test func `a delegate has one place at a time`() throws {
        #expect(places.take(for: try holder("d1")))
        #expect(!places.take(for: try holder("d1")))
        #expect(places.take(for: try holder("d2")))
        #expect(places.take(for: try operators()))
        places.giveBack(for: try operators())
        #expect(!places.take(for: try holder("d1")))
        places.giveBack(for: try holder("d1"))
        #expect(places.take(for: try holder("d1")))
    }

    @Test func `holders leave a place for operators`() throws {
        for name in ["d1", "d2", "d3"] { #expect(places.take(for: try holder(name))) }
        #expect(!places.take(for: try holder("d4")))
        #expect(places.take(for: try operators()))
        #expect(!places.take(for: try operators()))
        places.giveBack(for: try operators())
        places.giveBack(for: try holder("d1"))
        #expect(places.take(for: try holder("d4")))
    }
}

import DNS
import DelegateAPI
import Delegates
import TestSupport
import Testing
import Webserver

/// In place of the doctor, which needs name servers: it says what it was asked.
enum SampleDiagnosis {
    @Sendable static func tell(_ request: DiagnosisRequest) async throws -> DiagnosisResponse {
        guard request.domain.description != "busy.example." else { throw Refusal.doctorBusy }
        let words = [request.delegate?.withoutFinalDot ?? "none", "\(request.isWildcardWanted)"] + request.accounts
        let check = CheckDescription(
            id: "cname", status: "ok", summary: words.joined(separator: " "), found: [], expected: [], remedy: [])
        return DiagnosisResponse(domain: request.domain.withoutFinalDot, verdict: "ok", checks: [check], issuance: [])
    }
}

/// Looks at domains over HTTP: by holders at those that they have declared, by operators at any.
struct DoctorRouteTests {
    @Test func `a holder has declared domains looked at, and no others`() async throws {
        try await RunningWebserver.run { server async throws in
            let credential = try await server.register(body: #"{"domains":["example.com"]}"#)
            func look(_ query: String) async throws -> RawHTTP.Answer {
                try await server.http.send("GET", "/api/v1/doctor?\(query)", headers: credential.headers)
            }
            let answer = try await look("domain=Example.com.&wildcard=true")
            #expect(answer.status == 200)
            let diagnosis = try server.decode(DiagnosisResponse.self, answer)
            #expect(diagnosis.domain == "example.com" && diagnosis.checks[0].summary == "\(credential.fulldomain) true")
            try server.expect(try await look("domain=www.example.com"), 404, "no_such_domain")
            try server.expect(try await look("domain=*.example.com"), 400, "invalid_domain")
            try server.expect(try await look(""), 400, "invalid_domain")
            try server.expect(try await look("domain=example.com&wildcard=2"), 400, "invalid_choice")
            let stranger = try await server.http.send("GET", "/api/v1/doctor?domain=example.com", headers: [])
            try server.expect(stranger, 401, "forbidden")
        }
    }

    @Test func `a holder can ask for so many looks an hour, and others for theirs`() async throws {
        try await RunningWebserver.run { server async throws in
            let first = try await server.register(body: #"{"domains":["example.com"]}"#)
            let second = try await server.register(body: #"{"domains":["busy.example"]}"#)
            func look(_ credential: RegisterResponse, _ domain: String) async throws -> RawHTTP.Answer {
                try await server.http.send("GET", "/api/v1/doctor?domain=\(domain)", headers: credential.headers)
            }
            for _ in 1...Limits.diagnosesPerHour { #expect(try await look(first, "example.com").status == 200) }
            let refused = try await look(first, "example.com")
            try server.expect(refused, 429, "too_many_diagnoses")
            #expect(refused.headers["retry-after"] == "3600")
            try server.expect(try await look(second, "busy.example"), 503, "doctor_busy")
        }
    }

    @Test func `an operator has any domain looked at`() async throws {
        try await RunningOperatorAPI.run { api async throws in
            let plain = try await api.send("GET", "doctor?domain=other.example")
            #expect(try api.decode(DiagnosisResponse.self, plain).checks[0].summary == "none false")
            let whole = try await api.send(
                "GET", "doctor?domain=other.example&delegate=web1&account=https%3A%2F%2Fca.example%2F1")
            #expect(
                try api.decode(DiagnosisResponse.self, whole).checks[0].summary == "web1.d.example false https://ca.example/1")
            #expect(try await api.send("GET", "doctor?domain=192.0.2.1").status == 400)
        }
    }
}

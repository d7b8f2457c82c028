import Testing

@testable import nuncio

struct DefaultConfigurationTests {
    private func file(
        given: String? = nil, isOption: Bool = false, environment: [String: String] = [:], exists: Bool = true
    ) -> String? {
        DefaultConfiguration.file(
            given: given, unless: .zones, isOption: isOption, environment: environment,
            exists: { $0 == "/etc/nuncio/nuncio.yaml" && exists })
    }

    @Test func `the file in etc is read where it is there and nothing else was said`() {
        #expect(file() == "/etc/nuncio/nuncio.yaml")
        #expect(file(exists: false) == nil)
    }

    @Test func `a file that was given, an option and the environment go before it`() {
        #expect(file(given: "other.yaml") == "other.yaml")
        #expect(file(given: "other.yaml", exists: false) == "other.yaml")
        #expect(file(isOption: true) == nil)
        #expect(file(environment: ["NUNCIO_ZONES": "d.example.net"]) == nil)
        #expect(file(environment: ["NUNCIO_STORAGE_SQLITE_PATH": "n.db"]) == "/etc/nuncio/nuncio.yaml")
    }
}

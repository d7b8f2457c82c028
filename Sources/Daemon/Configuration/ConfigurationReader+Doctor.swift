import DNS
import DNSClient
import Delegates
import Doctor
import Foundation
import Sockets
import SystemErrors
import Validation

extension ConfigurationReader {
    mutating func doctor() -> Configuration.Doctor {
        var doctor = Configuration.Doctor(
            isOn: choice(.doctorMode, default: SwitchMode.on) == .on,
            allowsPrivateAddresses: boolean(.doctorPrivateAddresses, default: false))
        if let entry = entries[.doctorRootHints], let path = text(.doctorRootHints, default: nil) {
            do {
                doctor.hints = try RootHints(masterFile: try ZoneFiles.octets(of: path))
                doctor.hintsFile = path
            } catch let problem as RootHints.Problem {
                report("“doctor.root-hints”: “\(path)”: \(problem)", at: entry.origin)
            } catch {
                report("“doctor.root-hints”: “\(path)” cannot be read: \(SystemError.text(error))", at: entry.origin)
            }
        }
        if let entry = entries[.doctorTrustAnchor], let path = text(.doctorTrustAnchor, default: nil) {
            if let obstacle = SystemError.obstacle(to: .reading, path) {
                report("“doctor.trust-anchor”: “\(path)” cannot be read: \(obstacle)", at: entry.origin)
            }
            doctor.anchorFile = path
        }
        return doctor
    }
}

/// Whether something is done.
enum SwitchMode: String, CaseIterable {
    case on
    case off
}

extension Configuration.Doctor {
    /// The maximum number of queries of a look that the server takes.
    private static let maximumQueries = 400
    private static let maximumQueriesOfAddress = 80

    /// How the DNS is asked.
    var means: Examination.Means {
        var means = Examination.Means()
        means.hints = hints
        // Whoever has declared a domain chooses whom this asks, by the NS records of the domain.
        means.reach.queries = Self.maximumQueries
        means.reach.queriesOfAddress = Self.maximumQueriesOfAddress
        means.validator = Validator(
            source: .nameservers(hintsFile: hintsFile), anchors: anchorFile.map(Validator.Anchors.file) ?? .internet)
        if !allowsPrivateAddresses {
            means.reach.isAllowed = { host in
                let address = IPAddress(host)
                return !AddressScope.innerNetworks.contains { $0.contains(address) }
            }
            means.validator.deniedNetworks = AddressScope.innerNetworks.map(\.description) + ["::ffff:0:0/96"]
            means.validator.allowsLoopback = false
        }
        return means
    }
}

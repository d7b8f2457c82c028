import Authority
import DNS
import Foundation
import SystemErrors

/// Zones from master files.
extension ConfigurationReader {
    /// The zones of all files, each of them once.
    mutating func fileZones(besides apexes: [DomainName]) -> [Zone] {
        var zones: [Zone] = []
        var seen = Set(apexes)
        let others = apexes + namedZones
        for entry in entries[.zoneFiles]?.values ?? [] {
            do {
                let item = try ZoneFiles.Item(entry.text)
                let paths = try ZoneFiles.paths(at: item.path)
                if item.apex != nil, paths != [item.path] {
                    report("“zone-files”: “\(entry.text)” names a zone, but “\(item.path)” is a folder", at: entry.origin)
                    continue
                }
                for path in paths {
                    let octets: [UInt8]
                    do {
                        octets = try ZoneFiles.octets(of: path)
                    } catch {
                        report("“zone-files”: “\(path)” cannot be read: \(SystemError.text(error))", at: entry.origin)
                        continue
                    }
                    guard let zone = zone(octets, ofFile: path, apex: item.apex, besides: others) else { continue }
                    guard seen.insert(zone.apex).inserted else {
                        report("the zone \(zone.apex) is already defined", at: .zoneFile(path: path, line: 1))
                        continue
                    }
                    zones.append(zone)
                }
            } catch let error as PresentationError {
                report(
                    "“zone-files”: “\(entry.text)” should be NAME=PATH, but \(error) (a path with “=” in it must begin with “./”)",
                    at: entry.origin)
            } catch {
                report("“zone-files”: “\(entry.text)” cannot be read: \(SystemError.text(error))", at: entry.origin)
            }
        }
        return zones
    }

    /// The zones that the items or the names of the files give, before the files are read.
    private var namedZones: [DomainName] {
        (entries[.zoneFiles]?.values ?? []).flatMap { entry -> [DomainName] in
            guard let item = try? ZoneFiles.Item(entry.text) else { return [] }
            if let apex = item.apex { return [apex] }
            return ((try? ZoneFiles.paths(at: item.path)) ?? []).compactMap { ZoneFiles.name(ofFile: $0) }
        }
    }

    /// - Parameter apex: the apex that the zone must have; `nil` if the file itself says it.
    private mutating func zone(_ octets: [UInt8], ofFile path: String, apex: DomainName?, besides apexes: [DomainName]) -> Zone?
    {
        let file = ZoneFile(
            MasterFile(octets, origin: apex, fallback: ZoneFiles.name(ofFile: path)), apex: apex, otherApexes: apexes)
        for warning in file.warnings { warn(warning.text, at: .zoneFile(path: path, line: warning.line)) }
        for problem in file.problems { report(problem.text, at: .zoneFile(path: path, line: problem.line)) }
        return file.zone
    }
}

import ArgumentParser
import CAA
import DNS
import Foundation

/// A form in which programs and providers take CAA records.
enum CAARecordFormat: String, CaseIterable, ExpressibleByArgument {
    /// Lines of a master file, each complete.
    case zone
    /// Lines of a master file in columns, as people write them for BIND.
    case bind
    /// A change batch for `aws route53 change-resource-record-sets`.
    case route53
    /// An entry of octoDNS's YAML file of the zone, which must have its keys in alphabetical order.
    case octodns
    /// Lines for `D(…)` in DNSControl's dnsconfig.js.
    case dnscontrol
    /// A resource `aws_route53_record` of Terraform's provider for AWS.
    case terraform

    /// The TTL of the records in seconds.
    static let ttl: UInt32 = 3600

    struct Owner {
        var name: DomainName
        /// The zone that has the name.
        var zone: DomainName

        /// The name below the zone, without a dot at the end; empty for the zone's own name.
        var relative: String {
            let labels = name.withoutFinalDot.split(separator: ".")
            return labels.dropLast(zone.labelCount).joined(separator: ".")
        }
    }

    func text(of records: [CAARecord], owner: Owner) throws -> String {
        switch self {
        case .zone:
            records.map { ResourceRecord(owner: owner.name, ttl: Self.ttl, data: $0.data).description }.joined(separator: "\n")
        case .bind: Self.masterFile(records, owner)
        case .route53: try Self.changeBatch(records, owner)
        case .octodns: try Self.octoDNS(records, owner)
        case .dnscontrol: try Self.dnsControl(records, owner)
        case .terraform: try Self.terraform(records, owner)
        }
    }

    private static func masterFile(_ records: [CAARecord], _ owner: Owner) -> String {
        let name = owner.name.description
        let indent = String(repeating: " ", count: name.count)
        let lines = records.enumerated().map { "\($0 == 0 ? name : indent)  \(ttl)  IN  CAA  \($1)" }
        return (["; CAA records. Raise the serial number in the SOA record of the zone."] + lines).joined(separator: "\n")
    }

    private static func octoDNS(_ records: [CAARecord], _ owner: Owner) throws -> String {
        let values = try records.map { record in
            """
                  - flags: \(record.flags)
                    tag: \(record.tag)
                    value: \(try quoted(String(decoding: record.value, as: UTF8.self)))
            """
        }
        return """
            \(try quoted(owner.relative)):
              - ttl: \(ttl)
                type: CAA
                values:
            \(values.joined(separator: "\n"))
            """
    }

    private static func dnsControl(_ records: [CAARecord], _ owner: Owner) throws -> String {
        let name = try quoted(owner.relative.isEmpty ? "@" : owner.relative)
        return try records.map { record in
            "CAA(\(name), \(try quoted(record.tag)), \(try quoted(String(decoding: record.value, as: UTF8.self))), TTL(\(ttl))),"
        }.joined(separator: "\n")
    }

    private static func terraform(_ records: [CAARecord], _ owner: Owner) throws -> String {
        let name = owner.name.withoutFinalDot
        let label = "caa_" + name.map { $0.isLetter || $0.isNumber ? String($0) : "_" }.joined()
        return """
            resource "aws_route53_record" \(try quoted(label)) {
              zone_id = var.zone_id
              name    = \(try quoted(name))
              type    = "CAA"
              ttl     = \(ttl)
              records = [
            \(try records.map { "    \(try quoted($0.description))," }.joined(separator: "\n"))
              ]
            }
            """
    }

    private static func changeBatch(_ records: [CAARecord], _ owner: Owner) throws -> String {
        let values = try records.map { "          {\"Value\": \(try quoted($0.description))}" }
        return """
            {
              "Changes": [
                {
                  "Action": "UPSERT",
                  "ResourceRecordSet": {
                    "Name": \(try quoted(owner.name.description)),
                    "Type": "CAA",
                    "TTL": \(ttl),
                    "ResourceRecords": [
            \(values.joined(separator: ",\n"))
                    ]
                  }
                }
              ]
            }
            """
    }

    /// Returns a text in quotes, as JSON, YAML, JavaScript and HCL read it. The texts have no `${`, which HCL would expand.
    private static func quoted(_ text: String) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return String(decoding: try encoder.encode(text), as: UTF8.self)
    }
}

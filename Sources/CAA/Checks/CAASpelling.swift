import DNS

/// Near misses in CAA records: what Let's Encrypt reads without complaint, but not as its author meant it.
package enum CAASpelling {
    /// - Returns: the findings in the order of the records; empty for a sound set.
    package static func findings(in set: RelevantSet) -> [SpellingFinding] { set.records.flatMap(findings) }

    /// Properties that are registered or in use: none of them is a misspelling of another.
    private static let knownTags: Set<String> = [
        "issue", "issuewild", "iodef", "issuemail", "issuevmc", "contactemail", "contactphone", "auth", "path", "policy",
    ]

    /// What is collected of one record.
    struct Remark {
        var kind: SpellingFinding.Kind
        var effect: SpellingFinding.Effect
        var summary: String
    }

    private static func findings(of data: RecordData) -> [SpellingFinding] {
        guard let record = CAARecord(data) else {
            return [
                SpellingFinding(
                    kind: .malformed, effect: .closes, summary: "the octets are no CAA data, and nobody may issue",
                    record: data,
                    corrected: [])
            ]
        }
        var remarks: [Remark] = []
        let tag = correctedTag(of: record, &remarks)
        let flags = correctedFlags(of: record, tag: tag, &remarks)
        var values: [String]? = [String(decoding: record.value, as: UTF8.self)]
        if tag == "issue" || tag == "issuewild" {
            var value = SpelledValue(record.value)
            values = value.corrected()
            remarks += value.remarks
        }
        let corrected = tag.flatMap { tag in values?.map { CAARecord(flags: flags, tag: tag, value: $0) } } ?? []
        return remarks.map {
            SpellingFinding(kind: $0.kind, effect: $0.effect, summary: $0.summary, record: data, corrected: corrected)
        }
    }

    /// - Returns: the tag to write; `nil` if only the author can know.
    private static func correctedTag(of record: CAARecord, _ remarks: inout [Remark]) -> String? {
        let property = record.property
        if knownTags.contains(property) {
            if record.tag != property {
                remarks.append(
                    Remark(
                        kind: .tagCase, effect: .changesNothing,
                        summary: "the tag “\(record.tag)” is read in any case, but should be written “\(property)”"))
            }
            if record.isCritical, !CAARecord.understoodProperties.contains(property) {
                remarks.append(
                    Remark(
                        kind: .tagUnknownCritical, effect: .closes,
                        summary:
                            "Let’s Encrypt does not know the tag “\(record.tag)”, which is marked as critical, so nobody may issue"
                    ))
            }
            return property
        }
        if ["accounturi", "validationmethods"].contains(property) {
            remarks.append(
                Remark(
                    kind: .parameterAsTag, effect: record.isCritical ? .closes : .opens,
                    summary: "“\(property)” is no property: it belongs into the value of an issue record, behind a “;”"))
            return nil
        }
        let near =
            property.hasPrefix("issuewild")
            ? "issuewild"
            : EditDistance.nearest(to: property, of: ["issue", "issuewild", "iodef"], limit: property.utf8.count < 5 ? 1 : 2)
        if let near {
            remarks.append(
                Remark(
                    kind: .tagMisspelt, effect: record.isCritical ? .closes : .opens,
                    summary: "the tag “\(record.tag)” is unknown, so the record "
                        + (record.isCritical ? "forbids everything" : "is ignored") + ": “\(near)” is known"))
            return near
        }
        if record.isCritical {
            remarks.append(
                Remark(
                    kind: .tagUnknownCritical, effect: .closes,
                    summary: "the tag “\(record.tag)” is unknown and marked as critical, so nobody may issue"))
        }
        return property
    }

    private static func correctedFlags(of record: CAARecord, tag: String?, _ remarks: inout [Remark]) -> UInt8 {
        if remarks.contains(where: { $0.kind == .tagUnknownCritical }) { return 0 }
        guard record.isCritical, !record.isCriticalByRFC else { return record.flags }
        remarks.append(
            Remark(
                kind: .flagBitOne, effect: .changesNothing,
                summary: "the flags are \(record.flags): the critical flag is 128, and 1 is none"))
        return record.flags & 0b1111_1110 | 0b1000_0000
    }
}

import DelegateAPI
import Testing

/// Texts that are JSON by the grammar of RFC 8259, and texts that are not.
struct JSONDocumentTests {
    @Test(arguments: [
        // Section 3: any value, with the blanks of section 2 around it.
        "null", "true", "false", "0", "\"\"", "[]", "{}", " \t\r\n[ \t\r\n] \t\r\n", "{ \"a\" : 1 , \"b\" : [ ] }",
        // Section 4: a name is any string; which of two equal names counts is left open.
        #"{"":0}"#, #"{"a":1,"a":2}"#, #"{"a":{"a":{"a":null}}}"#, #"{"a":{"b":1,"b":1}}"#, #"{"\u0000":1}"#,
        // Section 6.
        "-0", "10", "-12", "0.0", "0.10", "1e1", "1E1", "1e+1", "1e-01", "0e0", "-0.5e5", "1.5E+300",
        "123456789012345678901234567890",
        "1e999999",
        // Section 7.
        #""\"\\\/\b\f\n\r\t""#, #""\u00E9\u00e9\u0041""#, #""\ud83d\ude00""#, #""\uD83D\uDE00\uDBFF\uDFFF""#, "\"/\u{7F}\"",
        "\"é€😀\u{10FFFF}\u{FEFF}\u{FFFF}\"", "\"// /* , ] }\"", "[\"\",[[]],{},[{\"a\":[]}]]",
    ])
    func `what the grammar has is taken`(text: String) throws {
        let document = try JSONDocument(Array(text.utf8))
        let value = text.drop { " \t\r\n".contains($0) }
        #expect(value.utf8.starts(with: document.octets))
        // Anywhere that a value can stand.
        for around in [("[", "]"), ("[0,", ",0]"), ("{\"x\":", "}"), ("{\"x\":", ",\"y\":0}")] {
            #expect(throws: Never.self, "\(around)") { try JSONDocument(Array((around.0 + text + around.1).utf8)) }
        }
    }

    @Test(
        arguments: [
            ("", "octet 1: the text is empty"), (" \n", "line 2, octet 3: there is nothing but blanks"),
            // Commas.
            ("[1,]", "octet 4: “]” where a value is expected"), ("[,1]", "octet 2: “,” where a value"),
            ("[1,,2]", "octet 4: “,” where a value"), ("[,]", "“,” where a value"),
            ("{\"a\":1,}", "octet 8: “}” where a name in quotes is"),
            ("{,}", "“,” where a name in quotes or “}”"), ("{\"a\":1,,\"b\":2}", "octet 8: “,” where a name"),
            ("[1 2]", "octet 4: “2” where “,” or “]”"), ("{\"a\":1 \"b\":2}", "octet 8: “\"” where “,” or “}”"),
            ("[\"a\"\"b\"]", "“\"” where “,”"),
            // Structure.
            ("[", "octet 2: the text ends where a value"), ("{", "the text ends where a name"),
            ("[1", "octet 3: the text ends where “,” or “]”"),
            ("{\"a\"", "octet 5: the text ends where “:”"), ("{\"a\":", "the text ends where a value"),
            ("{\"a\":1", "the text ends where “,” or “}”"),
            ("[1}", "“}” where “,” or “]”"), ("{\"a\":1]", "“]” where “,” or “}”"), ("]", "“]” where a value"),
            ("[]]", "octet 3: “]” after the end"),
            ("{}}", "“}” after the end"), ("{}{}", "“{” after the end"), ("1 2", "“2” after the end"),
            ("{\"a\" 1}", "“1” where “:”"),
            ("{\"a\"::1}", "“:” where a value"), ("{\"a\",1}", "“,” where “:”"), ("{a:1}", "“a” where a name in quotes"),
            ("{1:1}", "“1” where a name"),
            ("{null:1}", "“n” where a name"), ("{'a':1}", "“'” where a name"), ("{[]:1}", "“[” where a name"),
            ("{\"a\"}", "“}” where “:”"),
            ("[\"a\":1]", "“:” where “,” or “]”"), ("<a>", "“<” where a value"), ("*", "“*” where a value"),
            // Comments and blanks of other languages.
            ("[1]#", "“#” after the end"), ("[1]//", "“/” after the end"), ("[/*a*/1]", "“/” where a value"),
            ("[1/*a*/]", "“/” where “,”"),
            ("[\u{C}]", "the octet 0x0C where a value"), ("[\u{B}1]", "the octet 0x0B"),
            ("\u{A0}[]", "the octet 0xC2 where a value"),
            ("[]\u{0}", "the octet 0x00 after the end"), ("[\u{2060}]", "the octet 0xE2"),
            ("[]\u{FEFF}", "the octet 0xEF after"),
            // Words.
            ("nul", "a word that is not true, false or null"), ("True", "a word"), ("TRUE", "a word"), ("truee", "a word"),
            ("null1", "a word"),
            ("NaN", "a word"), ("Infinity", "a word"), ("[undefined]", "octet 2: a word"), ("[a]", "a word"),
            ("nulltrue", "a word"),
            ("-Infinity", "octet 2: “I” where a digit is expected, after “-”"), ("-NaN", "“N” where a digit"),
            ("-true", "“t” where a digit"),
            // Numbers.
            ("01", "octet 2: a digit after a leading zero"), ("-01", "a digit after a leading zero"),
            ("-012.5", "a digit after a leading zero"),
            ("[00]", "a digit after a leading zero"), ("-", "octet 2: the text ends where a digit"),
            ("[-]", "“]” where a digit"), ("--1", "“-” where a digit"),
            ("+1", "“+” where a value"), ("++1", "“+” where a value"), (".5", "“.” where a value"),
            ("-.5", "“.” where a digit"), ("1.", "the text ends where a digit is expected, after the decimal point"),
            ("[1.]", "“]” where a digit"), ("1.e1", "“e” where a digit"), ("1e", "the exponent’s “e”"),
            ("1e+", "after the exponent"), ("1e1.5", "“.” after the end"),
            ("1eE2", "“E” where a digit"), ("1ee2", "“e” where a digit"), ("1e+-2", "“-” where a digit"),
            ("0x1F", "“x” after the end"), ("1_000", "“_” after the end"),
            ("1,5", "“,” after the end"), ("1+2", "“+” after the end"), ("1-2", "“-” after the end"), ("1.2.3", "“.” after"),
            ("1 000", "“0” after"), ("1f", "“f” after the end"),
            ("[1\u{0}]", "the octet 0x00 where “,”"), ("１", "the octet 0xEF where a value"),
            ("[-１]", "the octet 0xEF where a digit"), ("∞", "0xE2"),
            // Strings.
            ("\"", "octet 2: the text ends in a string"), ("\"a", "the text ends in a string"),
            ("[\"a]", "the text ends in a string"), ("\"a\\\"", "the text ends in a string"),
            ("'a'", "“'” where a value"),
            ("\"a\nb\"", "octet 3: the octet 0x0A in a string, where control characters must be escaped"),
            ("\"\t\"", "the octet 0x09 in a string"),
            ("\"\u{0}\"", "the octet 0x00 in a string"), ("\"\u{1F}\"", "the octet 0x1F in a string"),
            (#""\a""#, "octet 3: “a” after “\\”, where one of"), (#""\x41""#, "“x” after “\\”"),
            (#""\'""#, "“'” after “\\”"), (#""\0""#, "“0” after “\\”"), (#""\U0041""#, "“U” after “\\”"),
            (#""\ ""#, "the octet 0x20 after “\\”"), ("\"\\\n\"", "the octet 0x0A after “\\”"),
            ("\"\\", "the text ends after “\\”"), (#""\u""#, "“\"” where one of the four hexadecimal digits"),
            (#""\u12G4""#, "octet 6: “G” where one of"), (#""\u+041""#, "“+” where one of"),
            (#""\u00""#, "where one of the four"), (#""\u004"#, "the text ends where one of the four"),
            (#""\u{41}""#, "“{” where one of"), ("\"\\é\"", "the octet 0xC3 after"),
            (#""\u00é""#, "the octet 0xC3 where one of"),
            // Surrogates (section 8.2).
            (#""\ud800""#, "octet 2: half of a surrogate pair"), (#""a\udc00""#, "octet 3: half of"),
            (#""\ud800\ud800""#, "half of"), (#""\udc00\ud800""#, "half of"), (#""\ud800\n""#, "half of"),
            (#""\ud800a""#, "half of"), (#""\ud800\u0041""#, "half of"), (#""\ud800\u""#, "where one of the four"),
            (#"{"\udfff":1}"#, "octet 3: half of"), (#""\ud800\"#, "half of"),
        ] as [(String, String)])
    func `what the grammar has not is refused where it stands`(text: String, expected: String) throws {
        let error = try #require(throws: JSONError.self) { try JSONDocument(Array(text.utf8)) }
        #expect(error.description.contains(expected), "\(error)")
    }

    @Test(
        arguments: [
            ([0xEF, 0xBB, 0xBF, 0x7B, 0x7D], "a byte order mark"), ([0xEF, 0xBB, 0xBF], "a byte order mark"),
            ([0xFF, 0xFE, 0x7B, 0x00, 0x7D, 0x00], "UTF-16"), ([0xFE, 0xFF, 0x00, 0x7B], "UTF-16"),
            ([0x7B, 0x00, 0x7D, 0x00], "UTF-16"),
            ([0x00, 0x7B, 0x00, 0x7D], "UTF-16"), ([0x7B, 0x00, 0x00, 0x00], "UTF-16"), ([0x00], "the octet 0x00"),
            ([0xE9], "0xE9"), ([0xC3, 0xA9], "0xC3"),
        ] as [([UInt8], String)])
    func `other encodings are refused`(octets: [UInt8], expected: String) throws {
        let error = try #require(throws: JSONError.self) { try JSONDocument(octets) }
        #expect(error.description.contains(expected), "\(error)")
    }

    @Test(
        arguments: [
            // RFC 3629 sections 3 and 4: alone, cut off, too long, surrogates, beyond the last character.
            [0x80], [0xBF], [0xC3], [0xC3, 0x28], [0xC0, 0x80], [0xC0, 0xAF], [0xC1, 0xBF], [0xE0, 0x80, 0x80],
            [0xE0, 0x9F, 0xBF], [0xE2, 0x82],
            [0xE2, 0x28, 0xA1], [0xE2, 0x82, 0x28], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0x80],
            [0xF0, 0x8F, 0xBF, 0xBF],
            [0xF0, 0x9F, 0x98], [0xF0, 0x28, 0x8C, 0xBC], [0xF0, 0x9F, 0x98, 0x28], [0xF4, 0x90, 0x80, 0x80],
            [0xF5, 0x80, 0x80, 0x80],
            [0xFC, 0x83, 0xBF, 0xBF, 0xBF, 0xBF], [0xFF], [0xFE],
        ] as [[UInt8]])
    func `a string that is not UTF-8 is refused`(octets: [UInt8]) throws {
        for text in [[0x22] + octets + [0x22], [0x7B, 0x22] + octets + [0x22, 0x3A, 0x31, 0x7D], [0x22] + octets] {
            let error = try #require(throws: JSONError.self) { try JSONDocument(text) }
            #expect(error.description.contains("UTF-8"), "\(error)")
        }
    }

    @Test func `every character of Unicode can be in a string`() throws {
        var text: [UInt8] = [0x22]
        for scalar in (UInt32(0x80)...0x10FFFF).lazy.compactMap({ Unicode.Scalar($0) }) where scalar.value % 7 == 0 {
            text += Array(String(Character(scalar)).utf8)
        }
        #expect(throws: Never.self) { try JSONDocument(text + [0x22]) }
    }

    @Test func `512 arrays and objects may be inside each other, and not one more`() throws {
        func nested(_ depth: Int, _ open: String, _ close: String) -> [UInt8] {
            Array((String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)).utf8)
        }
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            #expect(throws: Never.self) { try JSONDocument(nested(JSONDocument.maximumDepth, open, close)) }
            let error = try #require(throws: JSONError.self) {
                try JSONDocument(nested(JSONDocument.maximumDepth + 1, open, close))
            }
            #expect(error.reason == "more than 512 nested arrays and objects")
        }
        // A nesting bomb takes neither time nor stack.
        for text in ["[", "{\"a\":", "[{\"a\":[", "[[]],"] {
            #expect(throws: JSONError.self) { try JSONDocument(Array(String(repeating: text, count: 1_000_000).utf8)) }
        }
    }

    @Test(arguments: [
        ("{} and more", 2), ("{}{", 2), ("{}}", 2), ("[1],", 3), ("null null", 4), (" {\"a\":\"}\"}\n\u{0}", 10), ("1 2", 1),
        ("\"a\"\"", 3),
    ])
    func `where the rest does not matter it is not looked at`(text: String, end: Int) throws {
        let document = try JSONDocument(Array(text.utf8), ignoringRest: true)
        #expect(document.octets.endIndex == end)
        #expect(throws: JSONError.self) { try JSONDocument(Array(text.utf8)) }
    }

    @Test func `the members of the outermost object are named, escapes resolved`() throws {
        let text = #"{"a":{"inner":1},"\u0062":[{"other":2}],"é\ud83d\ude00\n\/":null}"#
        #expect(try JSONDocument(Array(text.utf8)).memberNames == ["a", "b", "é😀\n/"])
        #expect(try JSONDocument(Array("[{\"a\":1}]".utf8)).memberNames == [])
    }

    @Test(arguments: [
        (#"{"txt":"a"}"#, "a"), (#" {"x":[{"txt":"b"}],"TXT":"\u0061\n\"é"} "#, "a\n\"é"), (#"{"txt":null}"#, nil), ("{}", nil),
        (#"{"x":{"txt":"b"},"y":"txt"}"#, nil), (#"{"x":1,"\u0074xt":"c","z":["d"]}"#, "c"),
    ])
    func `a field's text is found in any case, escapes resolved`(text: String, value: String?) throws {
        #expect(try JSONDocument(Array(text.utf8)).text("txt") == value)
    }

    @Test(arguments: [
        (#"{"txt":1}"#, "txt"), (#"{"txt":true}"#, "txt"), (#"{"txt":["a"]}"#, "txt"), (#"{"TXT":{"txt":"a"}}"#, "txt"),
        (#"["txt"]"#, nil), (#""txt""#, nil), ("null", nil), ("7", nil),
    ])
    func `a field of another type is named, and so is a document that is no object`(text: String, field: String?) throws {
        let document = try JSONDocument(Array(text.utf8))
        #expect(throws: WrongJSONType(field: field)) { try document.text("txt") }
    }

    @Test(arguments: [
        (#"{"txt":1,"txt":2}"#, "txt"), (#"{"txt":1,"TXT":1}"#, "txt"), (#"{"txt":1,"\u0074x\u0074":1}"#, "txt"),
        (#"{"a":1,"Subdomain":1,"b":2,"subDomain":1}"#, "subdomain"),
        (#"{"a":1,"a":2,"txt":3}"#, nil), (#"{"txt":{"txt":1,"a":{"txt":2,"txt":3}}}"#, nil),
        (#"{"x":{"txt":1,"txt":2},"txt":1}"#, nil),
        (#"{"ｔxt":1,"txt":2}"#, nil), (#"{"txt":1,"txt ":2}"#, nil), (#"[{"txt":1,"txt":2}]"#, nil),
    ])
    func `a field that is there twice is named, in whatever case and however it is written`(text: String, name: String?) throws
    {
        #expect(try JSONDocument(Array(text.utf8)).repeatedField(of: UpdateRequest.fieldNames) == name)
    }
}

import DelegateAPI
import Testing

/// JSON that is written by hand is read as it was meant.
struct JSONTextTests {
    @Test(arguments: ["", "plain", "\"\\/", "\u{0}\u{1}\u{8}\n\u{1F}\u{7F}", "é😀\u{2028}"])
    func `what is written is read again`(text: String) throws {
        let json = UpdateResponse(txt: text).json
        #expect(try JSONDocument(Array(json.utf8)).text("txt") == text)
    }

    @Test func `the escapes are those of RFC 8259 section 7`() {
        #expect(UpdateResponse(txt: "a\"b\\c\u{7}\u{1F}\u{7F}/é").json == #"{"txt": "a\"b\\c\u0007\u001f\u007f/é"}"#)
    }
}

import Testing

@testable import Webserver

struct RequestPathTests {
    @Test(arguments: [
        ("/v1/x", "/v1/x"), ("/%76%31/%2D%2e%5F%7e", "/v1/-._~"), ("/%2F%2f", "/%2F%2f"), ("/%25%33%31", "/%2531"),
        ("/%C3%BC", "/%C3%BC"), ("/%41?%41", "/A?%41"), ("/a?%", "/a?%"), ("/%", "/%"), ("/%4", "/%4"), ("/%4g", "/%4g"),
        // If a part were decoded, the rest would be decoded a second time.
        ("/%%33%31", "/%%33%31"), ("/%41%zz", "/%41%zz"),
    ])
    func `what need not be encoded is not, in a path alone`(target: String, normalized: String) {
        #expect(RequestPath.normalized(target) == normalized)
    }
}

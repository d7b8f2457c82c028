/// A door could not listen on its endpoint.
package struct ListenError: Error, Hashable, Sendable {
    package var endpoint: Endpoint
    /// `UDP` or `TCP`.
    package var transport: String
    /// The system's error number.
    package var errorNumber: CInt

    package init(endpoint: Endpoint, transport: String, errorNumber: CInt) {
        self.endpoint = endpoint
        self.transport = transport
        self.errorNumber = errorNumber
    }
}

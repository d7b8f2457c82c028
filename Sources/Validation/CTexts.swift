import Glibc

/// Texts for C, which live until they are freed.
@unsafe struct CTexts {
    private var pointers: [UnsafeMutablePointer<CChar>?]
    private var lists: [UnsafeMutablePointer<UnsafePointer<CChar>?>]

    init() {
        unsafe pointers = []
        unsafe lists = []
    }

    mutating func text(_ text: String?) -> UnsafePointer<CChar>? {
        guard let text else { return nil }
        let copy = unsafe strdup(text)
        unsafe pointers.append(copy)
        return unsafe UnsafePointer(copy)
    }

    mutating func list(_ texts: [String]) -> UnsafePointer<UnsafePointer<CChar>?> {
        let list = UnsafeMutablePointer<UnsafePointer<CChar>?>.allocate(capacity: texts.count + 1)
        for (index, text) in texts.enumerated() { unsafe (list + index).initialize(to: self.text(text)) }
        unsafe lists.append(list)
        return unsafe UnsafePointer(list)
    }

    mutating func free() {
        unsafe pointers.forEach { unsafe Glibc.free($0) }
        unsafe lists.forEach { unsafe $0.deallocate() }
        unsafe pointers = []
        unsafe lists = []
    }
}

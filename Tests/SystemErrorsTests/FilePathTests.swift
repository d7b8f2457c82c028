import Foundation
import SystemErrors
import TestSupport
import Testing

/// Paths as the kernel reads them.
struct FilePathTests {
    @Test(arguments: [
        ("/a/b", "/a", "b"), ("/a/b/", "/a", "b"), ("/a", "/", "a"), ("/", "/", ""), ("/~/x", "/~", "x"),
        ("/a/~root", "/a", "~root"),
        ("//a//b", "/a", "b"),
    ])
    func `a path is a folder and a name`(path: String, folder: String, name: String) {
        #expect(FilePath.folder(of: path) == folder)
        #expect(FilePath.name(of: path) == name)
    }

    @Test func `a path that does not begin with a slash begins where this process is, also with a tilde`() {
        let current = FileManager.default.currentDirectoryPath
        #expect(FilePath.absolute("~/x") == current + "/~/x")
        #expect(FilePath.folder(of: "~/x") == current + "/~")
        #expect(FilePath.resolved("~root/none").hasSuffix("/~root/none"))
    }

    @Test func `links are resolved, also where they lead to no file`() async throws {
        try await withTemporaryFolder { folder in
            let real = FilePath.resolved(folder.path)
            let files = FileManager.default
            try files.createDirectory(atPath: real + "/a", withIntermediateDirectories: false)
            for (link, target) in [("link", "a"), ("dangling", "a/none"), ("twice", "dangling"), ("round", "round")] {
                try files.createSymbolicLink(atPath: real + "/" + link, withDestinationPath: target)
            }
            #expect(FilePath.resolved(real + "/link/x") == real + "/a/x")
            #expect(FilePath.resolved(real + "/dangling") == real + "/a/none")
            #expect(FilePath.resolved(real + "/twice") == real + "/a/none")
            #expect(FilePath.resolved(real + "/round") == real + "/round")
            #expect(FilePath.resolved(real + "/missing/x") == real + "/missing/x")
        }
    }

    @Test func `temporary files go into a folder that can hold them`() async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appending(path: "file")
            try Data().write(to: file)
            #expect(FilePath.temporaryFolder(environment: ["TMPDIR": folder.path]) == folder.path)
            for path in [file.path, folder.path + "/none", ""] {
                #expect(FilePath.temporaryFolder(environment: ["TMPDIR": path]) == "/tmp")
            }
            #expect(FilePath.temporaryFolder(environment: [:]) == "/tmp")
        }
    }
}

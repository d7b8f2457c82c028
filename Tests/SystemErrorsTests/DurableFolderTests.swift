import Foundation
import Glibc
import SystemErrors
import TestSupport
import Testing

/// Files that are there whole and durably, or not at all.
struct DurableFolderTests {
    private func names(_ folder: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    private func text(_ folder: URL, _ name: String) throws -> String {
        try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    }

    private func failure(_ body: () throws(DurableFolder.Failure) -> Void) -> DurableFolder.Failure? {
        do {
            try body()
            return nil
        } catch {
            return error
        }
    }

    @Test func `a file is made, and replaced by another one, for its owner alone`() async throws {
        try await withTemporaryFolder { folder in
            let durable = try DurableFolder(at: folder.path)
            // A name has at most 255 octets, and the temporary file's name is not made of it.
            let name = String(repeating: "n", count: 255)
            try durable.write(Array("first".utf8), to: name)
            #expect(link(folder.appending(path: name).path, folder.appending(path: "former").path) == 0)
            chmod(folder.appending(path: name).path, 0o644)
            try durable.write(Array("second".utf8), to: name)
            #expect(try text(folder, name) == "second")
            // The former file was not written to.
            #expect(try text(folder, "former") == "first")
            let mode = try FileManager.default.attributesOfItem(atPath: folder.appending(path: name).path)[.posixPermissions]
            #expect(mode as? Int == 0o600)
            #expect(try names(folder) == ["former", name])
        }
    }

    @Test func `a file without secrets is for everybody to read, in a folder that everybody may enter`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.path + "/outer/inner"
            try DurableFolder.make(at: path, readers: .everybody)
            let durable = try DurableFolder(at: path)
            try durable.write([1], to: "file", .refuse, readers: .everybody)
            for (name, mode) in [("outer", 0o755), ("outer/inner", 0o755), ("outer/inner/file", 0o644)] {
                let attributes = try FileManager.default.attributesOfItem(atPath: folder.appending(path: name).path)
                #expect(attributes[.posixPermissions] as? Int == mode, "\(name)")
            }
            let again = failure { () throws(DurableFolder.Failure) in
                try durable.write([2], to: "file", .refuse, readers: .everybody)
            }
            #expect(again?.problem.hasPrefix("cannot be made") == true)
            #expect(try Data(contentsOf: folder.appending(path: "outer/inner/file")) == Data([1]))
        }
    }

    @Test func `only a file is replaced, and no link is followed`() async throws {
        try await withTemporaryFolder { folder in
            try Data("mine".utf8).write(to: folder.appending(path: "target"))
            symlink("target", folder.appending(path: "link").path)
            symlink("none", folder.appending(path: "dangling").path)
            mkdir(folder.appending(path: "folder").path, 0o700)
            mkfifo(folder.appending(path: "pipe").path, 0o600)
            let before = try names(folder)
            let durable = try DurableFolder(at: folder.path)
            for (name, problem) in [
                ("link", "is a link"), ("dangling", "is a link"), ("folder", "is a folder"), ("pipe", "is not a file"),
            ] {
                let written = failure { () throws(DurableFolder.Failure) in try durable.write([1], to: name) }
                #expect(written?.description.hasPrefix("“\(folder.path)/\(name)” \(problem)") == true)
                let put = failure { () throws(DurableFolder.Failure) in try durable.put("target", as: name) }
                #expect(put?.problem.hasPrefix(problem) == true && put?.isInPlace == false)
            }
            let put = failure { () throws(DurableFolder.Failure) in try durable.put("link", as: "new") }
            #expect(put?.problem.hasPrefix("cannot be opened") == true)
            #expect(try names(folder) == before && text(folder, "target") == "mine")
        }
    }

    @Test func `a file that must be new does not replace one`() async throws {
        try await withTemporaryFolder { folder in
            let durable = try DurableFolder(at: folder.path)
            try durable.write([UInt8(ascii: "a")], to: "key", .refuse)
            let failure = failure { () throws(DurableFolder.Failure) in
                try durable.write([UInt8(ascii: "b")], to: "key", .refuse)
            }
            #expect(failure?.problem == "cannot be made: File exists")
            #expect(try text(folder, "key") == "a" && names(folder) == ["key"])
        }
    }

    @Test func `a folder that is gone is told, and the one in its place is left alone`() async throws {
        try await withTemporaryFolder { parent in
            let folder = parent.appending(path: "folder")
            mkdir(folder.path, 0o700)
            let durable = try DurableFolder(at: folder.path)
            rmdir(folder.path)
            mkdir(folder.path, 0o700)
            let failure = failure { () throws(DurableFolder.Failure) in try durable.write([1], to: "x") }
            #expect(failure?.problem == "cannot be made: No such file or directory" && failure?.isInPlace == false)
            #expect(failure?.reason == "No such file or directory")
            #expect(try names(folder).isEmpty)
        }
    }

    @Test func `a file is removed, and one that is not there needs no removal`() async throws {
        try await withTemporaryFolder { folder in
            let durable = try DurableFolder(at: folder.path)
            try durable.write([1], to: "x")
            for _ in 1...2 { try durable.remove("x") }
            #expect(try names(folder).isEmpty)
            mkdir(folder.path + "/y", 0o700)
            let failure = failure { () throws(DurableFolder.Failure) in try durable.remove("y") }
            #expect(failure?.problem.hasPrefix("cannot be removed: ") == true)
        }
    }

    @Test func `a check of the room, and the remains of a crash, leave no trace`() async throws {
        try await withTemporaryFolder { folder in
            let durable = try DurableFolder(at: folder.path)
            try durable.write([1], to: "x")
            try durable.check("x", hasRoomFor: 100_000)
            try durable.check("y", hasRoomFor: 0)
            #expect(try names(folder) == ["x"])
            try Data("half of a".utf8).write(to: folder.appending(path: DurableFolder.temporaryPrefix + "1f"))
            durable.removeRemains()
            #expect(try names(folder) == ["x"])
        }
    }

    @Test func `a complete file gets a name`() async throws {
        try await withTemporaryFolder { folder in
            let durable = try DurableFolder(at: folder.path)
            try Data("old".utf8).write(to: folder.appending(path: "backup"))
            try Data("new".utf8).write(to: folder.appending(path: "backup.partial"))
            try durable.put("backup.partial", as: "backup")
            #expect(try names(folder) == ["backup"] && text(folder, "backup") == "new")
        }
    }

    @Test func `folders are made with those that lead to them`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.path + "/a/b/c"
            try DurableFolder.make(at: path)
            try DurableFolder.make(at: path)
            for made in [folder.path + "/a", path] {
                let mode = try FileManager.default.attributesOfItem(atPath: made)[.posixPermissions]
                #expect(mode as? Int == 0o700)
            }
            try Data().write(to: folder.appending(path: "file"))
            for (path, problem) in [("file", "File exists"), ("file/x", "Not a directory"), ("file/x/y", "Not a directory")] {
                let failure = failure { () throws(DurableFolder.Failure) in
                    try DurableFolder.make(at: folder.path + "/" + path)
                }
                #expect(failure?.problem == "cannot be made: \(problem)", "\(path)")
            }
            let missing = failure { () throws(DurableFolder.Failure) in _ = try DurableFolder(at: folder.path + "/none") }
            #expect(missing?.description == "“\(folder.path)/none” cannot be opened: No such file or directory")
        }
    }
}

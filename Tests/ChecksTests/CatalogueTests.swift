import Diagnostics
import Foundation
import Testing

@testable import Catalogue
@testable import Checks

@Suite struct CatalogueTests {
    static let sections = [
        "What it finds", "Why it costs time", "Example", "Instead", "Known problems", "References",
    ]

    @Test func everyCheckHasItsFolderAndEveryFolderItsCheck() {
        #expect(BuiltinChecks.types.map { $0.id }.sorted() == CheckFolders.ids)
    }

    @Test func aTypeIsNamedAsItsID() {
        for type in BuiltinChecks.types {
            let name = type.id.name.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }
                .joined()
            #expect("\(type)" == name)
        }
    }

    @Test func embeddedFilesAreThoseOfTheWorkTree() throws {
        let embedded = try Catalogue.builtin()
        #expect(embedded.entries.map(\.id) == CheckFolders.ids)
        for entry in embedded.entries {
            let page = CheckFolders.root.appending(path: "\(entry.id)/README.md")
            #expect(
                try String(contentsOf: page, encoding: .utf8) == entry.page,
                "the page of \(entry.id) was embedded before its last change; `touch Package.swift` and build again"
            )
        }
    }

    @Test(arguments: CheckFolders.ids)
    func pageHasItsSections(_ id: CheckID) throws {
        let entry = try #require(Catalogue.builtin().entry(for: id))
        let lines = entry.page.split(separator: "\n").map(String.init)
        #expect(lines.first == "# \(id)")
        let headings = lines.filter { $0.hasPrefix("## ") }.map { String($0.dropFirst(3)) }
        #expect(headings.filter { $0 != "Options" } == Self.sections)
        #expect(headings.contains("Options") != entry.description.options.isEmpty)
        for option in entry.description.options { #expect(entry.page.contains("`\(option.name)`")) }
        #expect(!entry.description.title.hasSuffix("."))
    }

    @Test(arguments: CheckFolders.ids)
    func checkHasBadAndGoodCases(_ id: CheckID) {
        let cases = CheckFolders.cases.filter { $0.check == id }
        #expect(cases.contains { $0.isBad })
        #expect(cases.contains { $0.name.hasPrefix("good-") })
        for project in cases {
            #expect(
                project.isBad || project.name.hasPrefix("good-"), "\(project.name) is neither bad nor good")
            #expect(!project.files.isEmpty)
        }
    }

    /// `checks/README.md` is the table of `CatalogueTable`, made by `CLM_DOCTOR_WRITE=1 swift test --filter
    /// CatalogueTests`.
    @Test func tableIsFresh() throws {
        let file = CheckFolders.root.appending(path: "README.md")
        let table = CatalogueTable.markdown(of: try Catalogue.builtin())
        if ProcessInfo.processInfo.environment["CLM_DOCTOR_WRITE"] != nil {
            try Data(table.utf8).write(to: file)
        }
        let written = try? String(contentsOf: file, encoding: .utf8)
        #expect(
            written == table,
            "checks/README.md is stale; `CLM_DOCTOR_WRITE=1 swift test --filter CatalogueTests` writes it anew"
        )
    }

    @Test func aliasesAndNamesLeadToTheCheck() throws {
        let catalogue = try Catalogue.builtin()
        for entry in catalogue.entries {
            #expect(catalogue.entry(named: entry.id.name)?.id == entry.id)
            for alias in entry.description.aliases { #expect(catalogue.entry(named: alias) != nil) }
        }
        #expect(catalogue.entry(named: "no-such-check") == nil)
    }
}

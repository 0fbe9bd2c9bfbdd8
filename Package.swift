// swift-tools-version: 6.2
import PackageDescription

/// Warnings are errors in our own targets; a dependency's warnings stay its own business.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

func library(
    _ name: String, _ dependencies: [Target.Dependency] = [], plugins: [Target.PluginUsage] = []
) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict, plugins: plugins)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(
        name: name, dependencies: dependencies + ["TestSupport"], path: "Tests/\(name)", exclude: exclude,
        swiftSettings: strict)
}

let package = Package(
    name: "clm-doctor",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "clm-doctor", targets: ["clm-doctor"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
    ],
    targets: [
        .systemLibrary(
            name: "CJSONC", pkgConfig: "json-c", providers: [.apt(["libjson-c-dev"]), .brew(["json-c"])]),
        .systemLibrary(
            name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"]), .brew(["libyaml"])]),
        .systemLibrary(
            name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        library("JSON", ["CJSONC", "Diagnostics"]),
        // Extended attributes, which Swift's module of the C library lacks.
        .systemLibrary(name: "CLinux"),
        library("SourceText"),
        library("Diagnostics", ["SourceText"]),
        library(
            "Processes",
            [
                .target(name: "CLinux", condition: .when(platforms: [.linux])), "Diagnostics",
                .product(name: "Subprocess", package: "swift-subprocess"),
            ]),
        library("Dockerfile", ["SourceText", "Diagnostics"]),
        library("BuildContext", ["SourceText", "Diagnostics"]),
        library("HCL", ["Diagnostics", "JSON"]),
        library("Git", ["Diagnostics", "Processes", "SourceText"]),
        library("Repository", ["BuildContext", "Diagnostics", "Git", "SourceText"]),
        library(
            "Project",
            [
                "BuildContext", "CYAML", "Catalogue", "Diagnostics", "Dockerfile", "Git", "HCL", "JSON",
                "Processes", "Repository", "SourceText",
            ]),
        library("BuildRecords", ["CZlib", "Diagnostics", "JSON", "SourceText"]),
        library("Host", ["Diagnostics", "JSON", "Processes", "SourceText"]),
        library(
            "Facts",
            [
                "BuildContext", "BuildRecords", "Diagnostics", "Dockerfile", "Git", "Host", "Project",
                "Repository", "SourceText",
            ]),
        library(
            "Checks",
            [
                "BuildContext", "Catalogue", "Diagnostics", "Dockerfile", "Facts", "Host", "JSON", "Project",
                "SourceText",
            ],
            plugins: ["EmbedChecksPlugin"]),
        library("Catalogue", ["Diagnostics", "JSON", "SourceText"], plugins: ["EmbedChecksPlugin"]),
        .plugin(
            name: "EmbedChecksPlugin", capability: .buildTool(), dependencies: ["embed-checks"],
            path: "Sources/EmbedChecksPlugin"),
        .executableTarget(name: "embed-checks", path: "Sources/EmbedChecks", swiftSettings: strict),
        library(
            "Impact",
            [
                "BuildContext", "BuildRecords", "Diagnostics", "Dockerfile", "Facts", "Git", "JSON",
                "Project", "Repository", "SourceText",
            ]),
        library(
            "Fixes",
            [
                "BuildContext", "Diagnostics", "Dockerfile", "Facts", "Impact", "Project", "Repository",
                "SourceText",
            ]),
        library(
            "Reports",
            [
                "BuildContext", "BuildRecords", "Catalogue", "Diagnostics", "Dockerfile", "Facts", "Host",
                "Impact", "JSON",
                "Project",
                "SourceText",
            ]),
        library(
            "DoctorCommands",
            [
                "BuildContext", "BuildRecords", "Catalogue", "CheckPrograms", "Checks", "Diagnostics",
                "Dockerfile", "Facts",
                "Fixes", "Git", "Host", "Impact",
                .target(name: "CLinux", condition: .when(platforms: [.linux])),
                "JSON", "Project", "Reports", "Repository", "SourceText",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        library(
            "CheckPrograms",
            [
                "Catalogue", "Checks", "Diagnostics", "Dockerfile", "Facts", "JSON", "Processes", "Project",
                "SourceText",
            ]),
        .executableTarget(
            name: "clm-doctor", dependencies: ["Diagnostics", "DoctorCommands", "Processes"],
            swiftSettings: strict),

        .target(
            name: "TestSupport", dependencies: ["BuildContext", "JSON", "Processes"], path: "Tests/Support",
            exclude: ["buildkit_socket.py", "engine.sh"],
            swiftSettings: strict),
        // What `Tests/Differential/run.sh` compares with BuildKit's own parser; no part of the product.
        .executableTarget(
            name: "dockerfile-dump", dependencies: ["Dockerfile", "JSON", "SourceText"],
            path: "Tests/Differential/Dump", swiftSettings: strict),
        tests("JSONTests", ["JSON"]),
        tests("SourceTextTests", ["SourceText"]),
        tests("DiagnosticsTests", ["Diagnostics"]),
        tests("ProcessesTests", ["Processes"]),
        tests("DockerfileTests", ["Diagnostics", "Dockerfile", "SourceText"]),
        tests("BuildContextTests", ["BuildContext"]),
        tests("HCLTests", ["Diagnostics", "HCL", "JSON"]),
        tests("GitTests", ["Git", "Processes"]),
        tests("RepositoryTests", ["BuildContext", "Git", "Repository"]),
        tests(
            "ProjectTests",
            [
                "BuildContext", "Catalogue", "Diagnostics", "Git", "HCL", "JSON", "Project", "Repository",
                "SourceText",
            ]),
        tests(
            "ChecksTests",
            [
                "BuildContext", "Catalogue", "Checks", "Diagnostics", "Dockerfile", "Facts", "Fixes", "Host",
                "Git", "JSON", "Project", "Repository", "SourceText",
            ]),
        tests(
            "FixesTests",
            ["Diagnostics", "Fixes", "Processes", "Project", "Repository", "SourceText"]),
        tests("HostTests", ["Diagnostics", "Host", "JSON", "Processes", "SourceText"]),
        tests("FactsTests", ["Diagnostics", "Dockerfile", "Facts", "Project", "Repository", "SourceText"]),
        tests(
            "ReportsTests",
            [
                "Catalogue", "Diagnostics", "Dockerfile", "Impact", "JSON", "Project", "Reports",
                "Repository", "SourceText",
            ]),
        tests(
            "DoctorCommandsTests",
            [
                "Catalogue", "Diagnostics", "DoctorCommands", "Fixes", "Impact", "JSON", "Processes",
                .target(name: "CLinux", condition: .when(platforms: [.linux])),
            ]),
        tests(
            "EngineTests",
            [
                "BuildContext", "Diagnostics", "Dockerfile", "HCL", "JSON", "Processes", "Project",
                "SourceText",
            ]),
        tests(
            "BuildRecordsTests", ["BuildRecords", "CZlib", "Diagnostics", "Impact", "JSON", "Processes"],
            exclude: ["Fixtures", "recording-frontend.c", "recording-shell.c"]),
        tests("ImpactTests", ["BuildRecords", "Dockerfile", "Impact", "Processes", "Project"]),
        tests(
            "ImpactConformance",
            ["BuildRecords", "Dockerfile", "Impact", "JSON", "Processes", "Project", "SourceText"],
            exclude: ["Pairs", "stub-shell.c", "truth-forky.txt"]),
    ]
)

// libFuzzer's library is linked to it, which only Tests/Fuzz/run.sh does.
if Context.environment["CLM_DOCTOR_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(
            name: "clm-doctor-fuzz",
            dependencies: [
                "BuildContext", "BuildRecords", "Catalogue", "Checks", "Diagnostics", "Dockerfile", "Facts",
                "Fixes", "Git", "Host", "Impact", "JSON", "Project", "Repository", "SourceText",
            ],
            path: "Tests/Fuzz", exclude: ["dictionaries", "run.sh", "seeds.py"], swiftSettings: strict))
}

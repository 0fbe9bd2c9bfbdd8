/// Every limit of the program, in one place. Going over one is a note or a finding, never a hang or a crash.
///
/// Elsewhere stand only sizes that decide nothing of what a person is told: of buffers, of pieces in which work is handed
/// out (`ImpactAnalysis`), of the lists that `SharedLog` keeps, of the memory that a signal handler writes into
/// (`LastLine`, `ExaminedFile`, `ProcessGuard`); and in `closestMatch`, which is below this module, how long a word may be
/// to have been meant for another. `LimitsTests` looks for others.
package enum Limits {
    /// What a run may take, all of it together (`RunLimits`), unless the user's environment allows more: processor time
    /// in seconds, and bytes of memory.
    package static let runSeconds = 20
    package static let runBytes = 1500 << 20
    /// How many patterns of `ignore:` that match nothing are told.
    package static let unmatchedPatterns = 10
    /// Most words of a command line: swift-argument-parser takes the square of their number (10 s for 20,000).
    package static let arguments = 5000
    /// What comparing files with the patterns of `.gitattributes` may take, in rules.
    package static let attributesWork = 1_000_000
    /// Largest file of a work tree that git is asked to hash.
    package static let hashedFileBytes = 64 << 20
    /// Among how many changed files those are looked for that a statement names.
    package static let decidingFiles = 1000
    /// For how many platforms of one build what runs again is computed.
    package static let platforms = 8
    /// What one reader or analysis may do to follow references (`WorkBudget`), in references followed and bytes made.
    package static let work = 4_000_000
    /// Largest Dockerfile that is read, in bytes.
    package static let dockerfileBytes = 4 << 20
    /// Longest physical line of a Dockerfile, newline included; BuildKit's own (`parser.go`, bufio.MaxScanTokenSize - 1).
    package static let dockerfileLineBytes = 65_535
    /// Largest other file that is read (compose, bake, workflow, script, ignore file, configuration), in bytes.
    package static let textFileBytes = 1 << 20
    /// Most instructions of a Dockerfile that are read: checks hold steps against each other. (An image cannot have more
    /// than 127 layers.)
    package static let instructions = 3000
    /// Most sources, variables, flags, options of mounts and the like that a Dockerfile may have.
    package static let dockerfileParts = 20_000
    /// Most mounts of one RUN.
    package static let mounts = 200
    /// Longest working directory, in bytes; Linux' own (`PATH_MAX`).
    package static let workdirBytes = 4096
    /// Most problems that are told of one Dockerfile's syntax.
    package static let syntaxProblems = 1000
    /// Through how many stages that copy from each other one path is followed.
    package static let copiedThrough = 200
    /// How often objects of git are fetched of which nothing told beforehand that they would be wanted, each time all that
    /// are known to be missing.
    package static let unforeseenFetches = 12
    /// Deepest nesting in the JSON form of an instruction; Go's own (`encoding/json`, maxNestingDepth).
    package static let jsonFormDepth = 10_000
    /// Deepest nesting of `${a:-${b:-…}}`.
    package static let expansionDepth = 100
    /// Longest text that variable expansion may make, in bytes.
    package static let expandedBytes = 1 << 16
    /// All that variable expansion may do for one Dockerfile in one build, in bytes made and compared.
    package static let expansionWork = 64 << 20
    /// Most variables, triggers and names that the stages of one Dockerfile may take from each other.
    package static let stageWork = 500_000
    /// How deep the commands of a RUN may nest (subshells, branches, substitutions, `sh -c`) before the rest is left out.
    package static let shellDepth = 32
    /// How often the bytes of a script may be read again because a shell gets them as a text (`sh -c`, heredocs, backquotes).
    package static let shellReadings = 8
    /// Most words of commands that are read in all RUNs of a Dockerfile, ONBUILDs in each of their stages.
    package static let shellWords = 50_000
    /// How deep variables that a command reads may be made of others: each takes two.
    package static let commandVariableDepth = 8
    /// Through how many stages it is followed where a file may come from.
    package static let layerDepth = 8
    /// How many assignments of one RUN are kept.
    package static let shellAssignments = 200
    /// For how many misspelt ids of ignore comments in a file one is looked for that was meant.
    package static let suggestions = 100
    /// Longest line of an ignore file, without its newline; BuildKit's own (`ignorefile.go`, bufio.MaxScanTokenSize - 1).
    package static let ignoreFileLineBytes = 65_535
    /// Most patterns of an ignore file.
    package static let ignorePatterns = 10_000
    /// Most characters that one ignore pattern may stand for, after repetitions such as `{100}`.
    package static let ignorePatternSize = 100_000
    /// Most characters that the patterns with wildcards of one ignore file may stand for.
    package static let ignoreFileSize = 2_000_000
    /// Most names that are read of one build context, left out or not.
    package static let contextEntries = 1_000_000
    /// Deepest folder that is read in a build context.
    package static let contextDepth = 512
    /// How often paths may be held against patterns of ignore files, in all contexts of a run together; 16 characters that
    /// a pattern with wildcards reads count as much, and so do eight patterns without.
    package static let contextWork = 40_000_000
    /// And what an entry costs that `--exclude` or `--parents` decides about.
    package static let selectedEntryWork = 64
    /// Most symlinks that are followed for one path; the builder's own (containerd/continuity, `fs/path.go`).
    package static let followedSymlinks = 255
    /// Largest git index that is read, and most that its paths may hold together, in bytes.
    package static let gitIndexBytes = 64 << 20
    /// How many files and folders of a tree are looked at to find what concerns builds.
    package static let treeEntries = 2_000_000
    /// How many names are looked at in folders that are left out by rule, to tell of Dockerfiles there.
    package static let leftOutEntries = 2000
    /// How deep Dockerfiles are looked for in such folders.
    package static let leftOutDepth = 8
    /// How many folders may stand in each other.
    package static let folderDepth = 100
    /// Most files of one tree that are read.
    package static let examinedFiles = 20_000
    /// Most values that a YAML file may have, what its aliases repeat counted each time.
    package static let yamlNodes = 200_000
    /// Most bytes that its texts may have together, counted so.
    package static let yamlBytes = 8 << 20
    /// What all files that state builds may do together to follow references, in the units of `work`.
    package static let statementWork = 64_000_000
    /// What one such file may do even where others have spent that.
    package static let leastWork = 10_000
    /// Most text that is kept of one project, in bytes.
    package static let projectBytes = 64 << 20
    /// Most text of files that may state builds which is looked through for them, that of files which state none included,
    /// in bytes.
    package static let searchedBytes = 1 << 30
    /// Most text of compose files, whose trees are kept, in bytes.
    package static let composeBytes = 8 << 20
    /// Most builds and commands that files may state before no more files are read.
    package static let statedBuilds = 100_000
    /// Most files that commands of compose and bake may name before no more are looked for.
    package static let namedBuildFiles = 1000
    /// How many bytes of Dockerfiles may be evaluated for further builds of the same files: a byte takes about 3 µs.
    package static let evaluatedBytes = 1536 << 10
    /// What comparing paths with the rules of ignore files and of the configuration may take, in characters.
    package static let ignoreWork = 100_000_000
    /// How deep variables, functions and substitutions of statements may refer to each other.
    package static let expansionDepthOfStatements = 8
    /// In how many folders a script may be at one place, before none is known.
    package static let scriptFolders = 16
    /// How deep texts are read that commands run, such as `sh -c 'eval "…"'`.
    package static let textsInCommands = 2
    /// Words of a loop for each of which the builds in it are told.
    package static let loopItems = 32
    /// Turns of loops in a script for which a build is told.
    package static let loopTurns = 1000
    /// Longest path, in bytes; the system's own (PATH_MAX).
    package static let pathBytes = 4096
    /// How deep compose files may include each other, and how long a chain of services that extend each other may be.
    package static let composeIncludes = 16
    package static let composeExtends = 64
    /// How long a chain of bake targets that inherit from each other may be.
    package static let bakeInherits = 64
    /// Deepest nesting in HCL: of blocks, expressions and templates.
    package static let hclDepth = 64
    /// How deep expressions are that are worked out, those of the functions included that they call.
    package static let hclEvaluation = 256
    /// Through how many variables, functions and targets a value of HCL may be made of others.
    package static let hclReferences = 32
    /// Longest text that an expression of HCL may make, in bytes; longest list of numbers; widest field of `format`.
    package static let hclTextBytes = 64 << 10
    package static let hclRange = 1024
    package static let hclWidth = 1000
    /// Most digits behind the point of a number of HCL.
    package static let hclDigits = 18
    /// Largest regular expression of HCL, in steps.
    package static let hclPattern = 2000
    /// Most things that are told of one set of bake files.
    package static let bakeProblems = 100
    /// Most legs of a bake target's matrix.
    package static let bakeLegs = 1000
    /// Most legs of a workflow's matrix; GitHub's own ("Usage limits": 256 jobs for each workflow run).
    package static let workflowLegs = 256
    /// Most levels of workflows and actions that call each other; GitHub's own is 10 ("Reuse workflows"), 4 until 2025.
    package static let pipelineCalls = 10
    /// Most jobs and steps that call one file; of one with more it stays unknown when it runs.
    package static let pipelineCallers = 100
    /// Most names on each side of a rule of a makefile.
    package static let makeNames = 200
    /// Most bytes of a step's script that is looked through for what it calls.
    package static let callingScript = 20_000
    /// How many sources of a Dockerfile are looked for to guess its context.
    package static let inferredSources = 1000
    /// How many folders of a stage are known to hold its whole context, where a context is guessed.
    package static let wholeCopies = 16
    /// Deepest nesting in a JSON text, and its size in bytes, unless its reader says otherwise.
    package static let jsonDepth = 64
    package static let jsonBytes = 16 << 20
    /// Longest note; the middle of what it quotes is left out.
    package static let noteBytes = 1000
    /// Deepest nesting in a YAML file.
    package static let yamlDepth = 64
    /// Most builds of one project.
    package static let builds = 20_000
    /// How long git may take, in seconds, and after how many it is asked what it may be waiting for.
    package static let gitSeconds = 120
    package static let gitPatience = 3
    /// Most bytes that git may write.
    package static let gitOutputBytes = 1 << 30
    /// What git may hold in memory, mapped packs not counted: it reads what a repository names without a limit of its own.
    package static let gitMemoryBytes = 1536 << 20
    /// Most files and folders of one commit.
    package static let gitTreeEntries = 10_000_000
    /// How often folders that are equal may be looked at, for each name that differs, and how often in any case.
    package static let gitTreeRepetition = 16
    package static let gitFreeRepetition = 200_000
    /// Largest commit and largest tree object, in bytes.
    package static let gitCommitBytes = 16 << 20
    package static let gitTreeBytes = 256 << 20
    /// Largest file that git is let write, in bytes, and how many larger ones are passed over.
    package static let gitFileBytes = 16 << 20
    package static let gitSkippedFiles = 8
    /// Most files that may differ.
    package static let gitChanges = 1_000_000
    /// How many commits `replay` takes where nobody says, and at most.
    package static let replayedByDefault = 100
    package static let replayedCommits = 10_000
    /// Of how many checks `replay --what-if repairs` prices the repairs by themselves.
    package static let replayedRepairs = 12
    /// How many texts of symlinks `replay` reads, and how many objects of Dockerfiles and of what states builds.
    package static let replayedLinks = 10_000
    package static let replayedTexts = 20_000
    /// How many commits `impact --history` looks at.
    package static let usualCommits = 100
    /// How many commits `check --history` looks at, at how many builds, and at how many builds of commits in all.
    package static let weighedCommits = 200
    package static let weighedBuilds = 100
    package static let weighedPairs = 2000
    /// For how many sets of files that differ `replay` keeps what reruns in one build.
    package static let knownComparisons = 500
    /// How many files of a commit `replay` counts as causes of one step, and how many files and folders of a step in all.
    package static let replayedFiles = 100
    package static let replayedCauses = 20_000
    /// How many texts of manifests it reads.
    package static let replayedManifests = 2000
    /// Among how many names a named pipe is looked for that git waits for.
    package static let gitWaitingEntries = 500_000
    /// Most names of a folder of `.git` that are read.
    package static let gitFolderNames = 10_000
    /// Largest `objects/info/alternates`, in bytes: git reads each of its lines against all before it.
    package static let gitAlternatesBytes = 1 << 16
    /// How many names below what git opens are looked at. A repository of a hundred thousand refs has them packed.
    package static let gitObjectNames = 1_000_000
    /// Most programs that run at one time.
    package static let programs = 64
    /// Most bytes that a program may write to its standard error.
    package static let programErrorBytes = 8 << 20
    /// Largest environment of a process that is looked through to find who started it, in bytes.
    package static let processEnvironmentBytes = 1 << 20
    /// Among how many names of a temporary folder those of ended runs are looked for.
    package static let temporaryNames = 10_000
    /// How long clearing up may take once a run is over its limits or has crashed, in milliseconds.
    package static let clearingMilliseconds = 2000
    /// Largest log of a build that is read, in bytes.
    package static let buildLogBytes = 256 << 20
    /// Longest line of such a log that is read whole, in bytes: a history can be one line.
    package static let buildLogLineBytes = 16 << 20
    /// Most builds of one log or archive.
    package static let recordedBuilds = 2000
    /// Most vertices of one build and of all builds of one file; most inputs and parts of all vertices of one build, and most
    /// inputs, attempts and parts of one vertex.
    package static let recordedVertices = 20_000
    package static let recordedVerticesOfAll = 200_000
    package static let recordedPartsOfAll = 200_000
    package static let recordedParts = 1000
    /// Sources of one recorded COPY that are looked for among changed files.
    package static let recordedSources = 20
    /// Longest name of a vertex, in bytes.
    package static let vertexNameBytes = 64 << 10
    /// Most files of a folder of records that are read, what they may hold together, in bytes, and how many vertices their
    /// builds may have.
    package static let recordFiles = 5000
    package static let recordFolderBytes = 1 << 30
    package static let recordFolderVertices = 500_000
    /// Most builds of a series that a page draws.
    package static let chartedBuilds = 20
    /// Most steps of one job with buildkit-cache-dance that are judged.
    package static let cacheDances = 10
    /// Most lines of a recorded Dockerfile that a page shows.
    package static let chartedLines = 2000
    /// How many lines the end of a log may have about one vertex that failed.
    package static let failureLines = 40
    /// The last second since 1970 that a record may tell, so that it can be counted in microseconds.
    package static let recordedSeconds = 1 << 40
    /// Largest archive of build records, what it may hold unpacked with all that is packed in it, and its most members.
    package static let archiveBytes = 64 << 20
    package static let unpackedBytes = 256 << 20
    package static let archiveMembers = 50_000
    /// How deep archives may stand in each other: a gzip of a tar in a zip.
    package static let archiveDepth = 4
    /// What looking for values of build arguments in the texts of one record may take, in bytes.
    package static let maskingWork = 64 << 20
    /// How many builds a store keeps, for how many days, and how many bytes they may take.
    package static let storedRecords = 1000
    package static let storedDays = 90
    package static let storedBytes = 256 << 20
    /// How many builds may be added to a store at one time: one file cannot take the place of all that is there.
    package static let addedRecords = storedRecords / 2
    /// Largest number in such a file: those of all files can be added up.
    package static let storedNumber = 1 << 48
    /// Largest file of a build in a store, in bytes.
    package static let storedRecordBytes = 8 << 20
    /// How long a program of this machine may take.
    package static let hostToolTime = Duration.seconds(20)
    /// Most bytes that such a program may write.
    package static let hostToolOutput = 8 << 20
    /// Most builders besides the engine's own that are asked for their cache.
    package static let hostBuilders = 16
    /// Most nodes of a builder.
    package static let builderNodes = 256
    /// Of how many builds a builder is asked for the log.
    package static let hostBuildLogs = 10
    /// What one builder's cache can hold; an answer that tells of more is cut to it, in bytes.
    package static let cacheBytes = 1 << 54
    /// What one file of a build context counts for at most, in bytes: those of all its files can be added up.
    package static let contextFileBytes = 1 << 39
    /// How long deleting from a builder's cache may take.
    package static let hostPruneTime = Duration.seconds(1800)
    /// How long engine and builders may take for all answers together, unless `--host-timeout` says otherwise.
    package static let hostAnswerTime = Duration.seconds(3)
    /// Most findings that a Markdown report lists: GitHub cuts a job's summary at 1 MiB.
    package static let markdownFindings = 300
    /// Most branches and tags that a shell is offered.
    package static let completedReferences = 500
    /// Bytes of a comment on a change: GitHub takes 65,536 characters, and a marker and a heading come with it.
    package static let commentBytes = 60_000
    /// Most manifests of one install that are read to tell what else it needs.
    package static let manifestsRead = 300
    /// Most files of a context that are read because RUNs name them.
    package static let scriptsRead = 50
    /// Most commands of one RUN of which it is looked for whether they run a script of the context.
    package static let callsOfRun = 50
    /// Most bytes of a script that a RUN runs, and the units of `WorkBudget` that looking for it takes.
    package static let scriptOfRun = 100_000
    package static let unitsOfScript = 200
    /// Most tests that one command of a shell may depend on; beyond it is not known whether it runs.
    package static let shellBranches = 8
    /// Most remedies of one finding that a report lists, where its places differ in it.
    package static let foldedRemedies = 3
    /// Most other places that an annotation of GitHub lists.
    package static let annotationPlaces = 50
    /// Largest file of a commit whose content is read for checks although nothing of it states a build, in bytes.
    package static let readAheadFileBytes = 64 << 10
    /// Most bytes of such files.
    package static let readAheadBytes = 128 << 20
    /// How many things that one finding names have a fingerprint each; the rest have one together.
    package static let findingParts = 500
    /// Largest baseline, in bytes.
    package static let baselineBytes = 16 << 20
    /// How often `--fix` looks for what there is to fix in what it has fixed.
    package static let fixPasses = 10
    /// How often a fix may be followed by fixes of what it brings to light.
    package static let fixFollowUps = 4
    /// How often all checks may run to prove the fixes of one run.
    package static let fixProofs = 200
    /// And how many instructions of builds they may look at in all of these, beyond the first runs.
    package static let fixInstructions = 50_000
    package static let fixFirstProofs = 20
    /// How often a build may be read with edits of its files, before the checks run on them.
    package static let fixJudgements = 1000
    /// Of how many fixes of the same files the rebuild is told one by one; of more, that of all together.
    package static let fixRebuilds = 16
    /// Longest pattern of a custom check, in bytes; matching takes its length times that of the text.
    package static let customPatternBytes = 256
    /// What comparing texts with the patterns of custom checks may take for all builds together, in bytes.
    package static let customWork = 200_000_000
    /// Largest whole number that the configuration may give a check.
    package static let checkOption = 1_000_000_000
    /// Most custom checks of one file, and most files of them.
    package static let customChecks = 500
    package static let customCheckFiles = 20
    /// How deep the conditions of a custom check may nest.
    package static let customRuleDepth = 16
    /// How long a program with checks of its own may take for one answer, unless `--check-program-timeout` says otherwise.
    package static let checkProgramTime = Duration.seconds(10)
    /// Most bytes that such a program is told of a project, and most that it may answer.
    package static let checkProgramInput = 64 << 20
    package static let checkProgramOutput = 8 << 20
    /// Most findings of one such program.
    package static let checkProgramFindings = 10_000
    /// Longest value of a build argument whose text is searched for what makes it change, in bytes.
    package static let volatileValueBytes = 1000
    /// Most options of builds that are kept of one workflow, the legs of its matrices counted each.
    package static let workflowOptions = 50_000
    /// How deep templates of GitLab's jobs may extend each other; GitLab takes no more.
    package static let gitLabTemplateDepth = 11
    /// Most templates of one job of GitLab's.
    package static let gitLabTemplates = 50
    /// Names in a folder among which files that build are looked for: those of a pattern of GitLab's `include:`, and compose
    /// files of any name.
    package static let namesOfFolder = 2000
    /// Folders with Dockerfiles whose other files are looked at, and how many files in all.
    package static let searchedFolders = 300
    package static let searchedSiblings = 300
    /// Most calls that one workflow makes, with those of what it calls.
    package static let workflowCalls = 500
    /// How deep steps of Bitbucket Pipelines may be nested; a stage holds parallel steps, and no more.
    package static let bitbucketDepth = 4
    /// Most commands whose arguments are passed to builds of compose files, and most arguments that are.
    package static let composeCommands = 1000
    package static let composeArguments = 50_000
    /// Most builds that are compared because they write one cache.
    package static let writersOfOneCache = 1000
    /// How many lines above a command the name of its recipe is looked for.
    package static let recipeLines = 1000
}

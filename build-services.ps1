# Builds the images of the CLM services. .\build-services.ps1 --help tells how.
# Keep options and messages the same as in build-services.sh; a test compares them.
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

function Stop-WithError([int] $Status, [string] $Message) {
    [Console]::Error.WriteLine("error: $Message")
    exit $Status
}

if (-not (Test-Path -PathType Leaf 'docker/services.txt') -or -not (Test-Path -PathType Container 'clm-common')) {
    Stop-WithError 2 'run this from the root of the repository: the images need both services/ and clm-common/'
}

$version = ''
$folders = [ordered] @{}
foreach ($line in Get-Content 'docker/services.txt') {
    $words = @($line.Trim() -split '\s+')
    if ($words[0] -eq 'version') { $version = $words[1] }
    if ($words[0] -eq 'service') { $folders[$words[1]] = $words[2] }
}
$serviceNames = @($folders.Keys) -join ', '

function Show-Usage {
    Write-Output @"
Build the images of the CLM services.

Usage: .\build-services.ps1 [OPTION]... [SERVICE]...

Without a SERVICE, all are built: $serviceNames

Options:
  --build-arg NAME=VALUE  set a build argument (may be given several times)
  --network MODE          network of the build steps, as in docker build (host, none, default)
  --no-cache              run every step again; the cache mounts with downloaded packages are still used
  --pull                  look for newer base images
  -h, --help              show this and exit

The images are named clm-SERVICE and clm-SERVICE:$version.
Exit status: 0 all built, 1 a build failed, 2 wrong usage, 3 docker or BuildKit is missing.
"@
}

# Runs docker without its output and returns whether it succeeded. What docker writes to its standard error is no
# error of this script.
function Test-Docker([string[]] $Arguments) {
    $ErrorActionPreference = 'Continue'
    & docker @Arguments 2>&1 | Out-Null
    return $LASTEXITCODE -eq 0
}

# The steps of a Dockerfile in BuildKit's plain progress: how many ran, how many were cached. An ADD of a URL shows
# twice under one name, and its download never counts as cached.
function Measure-Steps([string[]] $Log) {
    $names = @{}
    $seen = @{}
    $cached = @{}
    foreach ($line in $Log) {
        if ($line -cmatch '^(#[0-9]+) (\[[^\]]*[0-9]+/[0-9]+\] (RUN|COPY|ADD|WORKDIR) .*)') {
            $names[$Matches[1]] = $Matches[2]
            $seen[$Matches[2]] = $true
        }
        elseif ($line -cmatch '^(#[0-9]+) CACHED' -and $names.ContainsKey($Matches[1])) {
            $cached[$names[$Matches[1]]] = $true
        }
    }
    return @(($seen.Count - $cached.Count), $cached.Count)
}

$options = @()
$services = @()
$arguments = @($args | ForEach-Object { [string] $_ })
for ($index = 0; $index -lt $arguments.Count; $index++) {
    $argument = $arguments[$index]
    switch -Regex -CaseSensitive ($argument) {
        '^(-h|--help)$' { Show-Usage; exit 0 }
        '^(--no-cache|--pull|--build-arg=.*|--network=.*)$' { $options += $argument; break }
        '^(--build-arg|--network)$' {
            $index++
            if ($index -ge $arguments.Count) { Stop-WithError 2 "$argument needs a value" }
            $options += $argument, $arguments[$index]
            break
        }
        '^-' { Stop-WithError 2 "unknown option: $argument (see --help)" }
        default {
            if (-not $folders.Contains($argument)) {
                Stop-WithError 2 "unknown service: $argument (the services are: $serviceNames)"
            }
            $services += $argument
        }
    }
}
if ($services.Count -eq 0) { $services = @($folders.Keys) }

if (-not (Get-Command docker -ErrorAction SilentlyContinue)) {
    Stop-WithError 3 'docker is not installed: https://docs.docker.com/engine/install/'
}
if (-not (Test-Docker 'version')) { Stop-WithError 3 'docker cannot reach its engine; docker version says why' }
if (-not (Test-Docker 'buildx', 'version')) {
    Stop-WithError 3 "BuildKit is missing: install docker's buildx plugin (docker-buildx)"
}
# With 0 docker would use its old builder, which knows no cache mounts.
$env:DOCKER_BUILDKIT = '1'

$revision = ''
if (Get-Command git -ErrorAction SilentlyContinue) {
    $ErrorActionPreference = 'Continue'
    $revision = [string] (& git rev-parse HEAD 2>$null)
    $ErrorActionPreference = 'Stop'
}

$total = $services.Count
$number = 0
$failed = 0
$summary = @()
foreach ($service in $services) {
    $number++
    $folder = $folders[$service]
    Write-Output "[$number/$total] Building $service"
    $log = New-Object System.Collections.Generic.List[string]
    $watch = [Diagnostics.Stopwatch]::StartNew()
    $ErrorActionPreference = 'Continue'
    & docker build --progress plain `
        --file "docker/$folder/Dockerfile" `
        --tag "clm-$service" `
        --tag "clm-${service}:$version" `
        --build-arg "VERSION=$version" `
        --build-arg "REVISION=$revision" `
        @options . 2>&1 | ForEach-Object { $log.Add("$_"); "$_" }
    $status = $LASTEXITCODE
    $ErrorActionPreference = 'Stop'
    $seconds = [int] $watch.Elapsed.TotalSeconds
    if ($status -ne 0) { $failed++; $outcome = 'failed' } else { $outcome = 'built' }
    $steps = Measure-Steps $log.ToArray()
    $summary += '  {0,-20} {1,-6} {2,5} s  {3} steps run, {4} cached' -f $service, $outcome, $seconds, $steps[0], $steps[1]
}

Write-Output 'Summary:'
Write-Output $summary
if ($failed -gt 0) { Stop-WithError 1 "$failed of $total builds failed" }

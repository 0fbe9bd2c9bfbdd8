# Pushes the images of the CLM services to a registry. .\push-services.ps1 --help tells how.
# Keep options and messages the same as in push-services.sh; a test compares them.
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

function Stop-WithError([int] $Status, [string] $Message) {
    [Console]::Error.WriteLine("error: $Message")
    exit $Status
}

if (-not (Test-Path -PathType Leaf 'docker/services.txt') -or -not (Test-Path -PathType Container 'clm-common')) {
    Stop-WithError 2 'run this from the root of the repository: docker/services.txt names the services and the version'
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
Push the images of the CLM services to a registry.

Usage: .\push-services.ps1 USER [SERVICE]...

USER is a name on Docker Hub, or any registry and path (registry.example.org/team).
Without a SERVICE, all are pushed: $serviceNames
Each image clm-SERVICE is tagged USER/clm-SERVICE:$version and USER/clm-SERVICE:latest, and both tags are pushed.

Options:
  -h, --help              show this and exit

Exit status: 0 all pushed, 1 a push failed, 2 wrong usage, 3 docker or an image is missing.
"@
}

# Runs docker without its output and returns whether it succeeded. What docker writes to its standard error is no
# error of this script.
function Test-Docker([string[]] $Arguments) {
    $ErrorActionPreference = 'Continue'
    & docker @Arguments 2>&1 | Out-Null
    return $LASTEXITCODE -eq 0
}

$user = ''
$services = @()
foreach ($argument in @($args | ForEach-Object { [string] $_ })) {
    switch -Regex -CaseSensitive ($argument) {
        '^(-h|--help)$' { Show-Usage; exit 0 }
        '^-' { Stop-WithError 2 "unknown option: $argument (see --help)" }
        default {
            if (-not $user) { $user = $argument -replace '/$', '' }
            elseif ($folders.Contains($argument)) { $services += $argument }
            else { Stop-WithError 2 "unknown service: $argument (the services are: $serviceNames)" }
        }
    }
}
if (-not $user) { Stop-WithError 2 'say where to push: .\push-services.ps1 USER [SERVICE]... (see --help)' }
if ($folders.Contains($user)) {
    Stop-WithError 2 "$user is a service; say first where to push it: .\push-services.ps1 USER $user"
}
if ($services.Count -eq 0) { $services = @($folders.Keys) }

if (-not (Get-Command docker -ErrorAction SilentlyContinue)) {
    Stop-WithError 3 'docker is not installed: https://docs.docker.com/engine/install/'
}
if (-not (Test-Docker 'version')) { Stop-WithError 3 'docker cannot reach its engine; docker version says why' }

$missing = @($services | Where-Object { -not (Test-Docker 'image', 'inspect', "clm-$_") })
if ($missing.Count -gt 0) {
    Stop-WithError 3 "no image to push; build it first: .\build-services.ps1 $($missing -join ' ')"
}

foreach ($service in $services) {
    foreach ($tag in $version, 'latest') {
        if (-not (Test-Docker 'tag', "clm-$service", "$user/clm-${service}:$tag")) {
            Stop-WithError 2 "docker takes no image name like $user/clm-${service}: capital letters and most signs are not allowed"
        }
    }
}

$total = $services.Count
$number = 0
$pushed = @()
foreach ($service in $services) {
    $number++
    Write-Output "[$number/$total] Pushing $service"
    foreach ($tag in $version, 'latest') {
        $name = "$user/clm-${service}:$tag"
        $ErrorActionPreference = 'Continue'
        & docker push $name
        $status = $LASTEXITCODE
        $ErrorActionPreference = 'Stop'
        if ($status -ne 0) {
            $before = if ($pushed.Count -gt 0) { $pushed -join ', ' } else { 'nothing' }
            [Console]::Error.WriteLine("Pushed before that: $before")
            Stop-WithError 1 "could not push $name (are you logged in? docker login)"
        }
        $pushed += $name
    }
}
Write-Output "Pushed: $($pushed -join ', ')"

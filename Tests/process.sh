#!/bin/bash
# What only the real process shows: exit codes, pipes, standard input. Tests/process.sh [PROGRAM], by default the debug binary.
set -u
cd "$(dirname "$0")/.."
doctor=$PWD/${1:-.build/debug/clm-doctor}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
mkdir clean warning many
printf 'FROM debian:12\nRUN true\n' >clean/Dockerfile
printf 'FROM debian:12\nRUN --mount=type=cache,tagret=/x true\n' >warning/Dockerfile
for number in $(seq 3000); do echo "RUN --mount=type=cache,tagret=/x$number true"; done | cat warning/Dockerfile - >many/Dockerfile

failed=0
expect() {      # expect WHAT ACTUAL WANTED
  if [ "$2" != "$3" ]; then echo "$1: $2, not $3"; failed=$((failed + 1)); fi
}

"$doctor" clean >out 2>err; expect "status of a clean Dockerfile" $? 0
expect "standard error of a clean Dockerfile" "$(cat err)" ""
"$doctor" warning >out 2>err; expect "status of a finding" $? 1
expect "colour in a pipe" "$(grep -c "$(printf '\033')" out)" 0
"$doctor" --nonsense >out 2>err; expect "status of a usage error" $? 2
expect "standard output of a usage error" "$(cat out)" ""

# A reader that goes away is no error, also where SIGPIPE is ignored.
"$doctor" many 2>err | head -1 >out; expect "standard error of a broken pipe" "$(cat err)" ""
(trap '' PIPE; "$doctor" many 2>err | head -1 >out); expect "standard error with SIGPIPE ignored" "$(cat err)" ""
# A report that is not written whole is one.
if [ -e /dev/full ]; then
  "$doctor" clean >/dev/full 2>err; expect "status on a full disk" $? 2
  expect "standard error on a full disk" "$(cat err)" "error: the output cannot be written: No space left on device"
fi

# A repair that does not fit on the disk leaves the file as it was, and nothing else behind.
dockerfile() { printf 'FROM debian:12\nRUN rm -f /etc/apt/apt.conf.d/docker-clean\n# %s\nRUN --mount=type=cache,target=/var/cache/apt apt-get update\n' "$1"; }
mkdir full
if unshare --user --map-root-user --mount true 2>/dev/null; then
  dockerfile "$(head -c 5000 /dev/zero | tr '\0' x)" >whole
  unshare --user --map-root-user --mount sh -c 'mount -t tmpfs -o size=12k none full && cp whole full/Dockerfile &&
    "$0" check --no-host --fix full >out 2>err; echo $? >status; cmp whole full/Dockerfile && ls -A full >left' "$doctor"
  expect "status of a repair on a full disk" "$(cat status)" 2
  expect "error of a repair on a full disk" "$(head -1 err)" "error: Dockerfile is as it was: it cannot be written: No space left on device"
  expect "what is left of it" "$(cat left)" Dockerfile
fi

# Nothing is read from standard input: a pipe that nobody writes to does not hold it up.
mkfifo pipe
sleep 60 >pipe & writer=$!
timeout 60 "$doctor" warning <pipe >out 2>err; expect "status with an open standard input" $? 1
kill $writer

# Ctrl-C ends it, and the program that it has started and waits for.
mkdir bin stopped
printf '#!/bin/sh\nsetsid sh -c "echo \\$\\$ >%s/escaped; exec sleep 600" &\nwhile [ ! -s %s/escaped ]; do :; done; echo $$ >"%s/started"; exec sleep 600\n' \
  "$folder" "$folder" "$folder" >bin/program
chmod +x bin/program
printf 'FROM debian:12\n' >stopped/Dockerfile
python3 - "$doctor" "$folder/bin/program" >out <<'EOF'
import os, signal, subprocess, sys, time
def process(name):
    return open(name).read().strip() if os.path.exists(name) else ""
def program(): return process("started")
def ends(process):
    while os.path.exists(f"/proc/{process}") and open(f"/proc/{process}/stat").read().split()[2] != "Z": time.sleep(0.01)
# Now and then at the moment in which the program starts.
for wait in range(40):
    # Who runs this in the background may ignore the signal, and what is ignored stays so.
    doctor = subprocess.Popen([sys.argv[1], "--no-host", "--check-program", sys.argv[2], "stopped"], start_new_session=True, stdout=subprocess.DEVNULL,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    while not program() and doctor.poll() is None: time.sleep(0.0005)
    time.sleep(wait * 0.0005)
    os.killpg(doctor.pid, signal.SIGINT)
    print("status", doctor.wait())
    ends(program())
    # And what that has started in a session of its own.
    ends(process("escaped"))
    for name in ["started", "escaped"]: os.remove(name)
EOF
expect "end by Ctrl-C" "$(sort -u out)" "status -2"

# The git folder that a run makes for --new-since goes with it when it is told to end, is over a limit or crashes; where it is killed,
# with the next run.
mkdir past
( cd past && git init -q . && for number in $(seq 300); do mkdir d$number && printf 'FROM debian:12\nRUN true\n' >d$number/Dockerfile; done
  : >"$(printf 'd1/\377')" && git add -A && git -c user.name=t -c user.email=t@t commit -qm x ) >/dev/null
mkdir scratch
for signal in TERM HUP XCPU SEGV KILL none; do
  (cd past && exec env TMPDIR="$folder/scratch" "$doctor" --no-host --new-since HEAD >/dev/null 2>&1) & process=$!
  if [ $signal != none ]; then
    until ls scratch/*/config >/dev/null 2>&1 || ! kill -0 $process 2>/dev/null; do :; done
    kill -s $signal $process
  fi
  wait $process 2>/dev/null; status=$?
  case $signal in XCPU) expect "status over a limit" $status 5 ;; SEGV) expect "status of a crash" $status 6 ;; esac
  left=$(find scratch -mindepth 1 -maxdepth 1 | wc -l)
  if [ $signal = KILL ]; then expect "something is left by SIGKILL" "$((left > 0))" 1
  else expect "what is left after the signal $signal" "$left" 0; fi
done

# A run that takes more than it may is ended with one sentence, which names what it was at, if that was a file.
mkdir large
{ echo 'FROM debian:12'; for number in $(seq 40000); do echo "RUN --mount=type=cache,tagret=/x$number true"; done; } >large/Dockerfile
for number in $(seq 30); do mkdir large/$number; sed "s/debian:12/debian:$number/" large/Dockerfile >large/$number/Dockerfile; done
CLM_DOCTOR_MAX_CPU_SECONDS=1 "$doctor" --no-host large >out 2>err; expect "status of a run that takes too long" $? 5
expect "what is said of it" "$(sed 's/ while it examined `.*Dockerfile`;/;/' err)" "clm-doctor 0.1.0: not judged: this run took more than 1 s of processor time; CLM_DOCTOR_MAX_CPU_SECONDS allows more, and \`ignore:\` leaves paths out"
CLM_DOCTOR_MAX_MEMORY_MB=30 "$doctor" --no-host large >out 2>err; expect "status of a run that takes too much memory" $? 5
expect "what is said of that" "$(sed 's/ while .*;/;/' err)" "clm-doctor 0.1.0: not judged: this run took more than 30 MB of memory; CLM_DOCTOR_MAX_MEMORY_MB allows more, and \`ignore:\` leaves paths out"
(ulimit -S -t 1; "$doctor" --no-host large >out 2>err); expect "status of a run that ulimit -t ends" $? 5
for value in 0 x -1 99999999999999999999; do
  CLM_DOCTOR_MAX_MEMORY_MB=$value "$doctor" clean >out 2>err; expect "status of the limit $value" $? 2
done

# Every end by a crash leaves one line and has a status of its own.
for signal in ILL TRAP ABRT BUS FPE SEGV; do
  "$doctor" --no-host large >out 2>err & running=$!
  # The handler of SIGPROF is the last to be installed.
  until grep -q "^SigCgt:.*4....f8$" /proc/$running/status || ! kill -0 $running; do sleep 0.01; done
  kill -s "$signal" $running; wait $running; expect "status after SIG$signal" $? 6
  expect "lines after SIG$signal" "$(grep -c '' err)" 1
  expect "what SIG$signal leaves" "$(sed 's/ while .*;/;/' err)" "clm-doctor 0.1.0 crashed (SIG$signal); this is a bug: report it with this line and that file, or one like it"
done

# Where no thread and hardly a descriptor is to be had, it works all the same.
mkdir several
for number in $(seq 40); do mkdir several/$number; cp warning/Dockerfile several/$number; done
"$doctor" --no-host --format concise several >usual 2>err
if [ "$(id -u)" = 0 ]; then
  chmod -R a+rX "$folder"
  timeout -s KILL 60 python3 - "$doctor" >out 2>err <<'EOF'
import os, resource, sys
resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
os.setgid(65534)
os.setuid(54321)
os.execv(sys.argv[1], [sys.argv[1], "--no-host", "--format", "concise", "several"])
EOF
  expect "status without threads" $? 1
  expect "report without threads" "$(cmp out usual && cat err)" ""
fi
if [ "$(id -u)" = 0 ]; then
  mkdir silent && printf '#!/bin/sh\nexit 1\n' >silent/docker && chmod -R a+rX,a+x silent
  timeout -s KILL 60 python3 - "$doctor" "$folder/silent" >out 2>err <<'EOF'
import os, resource, sys
resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
os.setgid(65534)
os.setuid(54321)
os.environ["PATH"] = sys.argv[2] + ":" + os.environ["PATH"]
os.execv(sys.argv[1], [sys.argv[1], "--format", "concise", "several"])
EOF
  expect "status with a host and without threads" $? 1
  git -C several init -q && git -C several add -A && git -C several -c user.name=a -c user.email=a@example.com commit -qm x
  chmod -R a+rX "$folder"
  timeout -s KILL 60 python3 - "$doctor" >out 2>err <<'EOF'
import os, resource, sys
resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
os.setgid(65534)
os.setuid(54321)
os.environ.update({"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"})
os.chdir("several")
os.execv(sys.argv[1], [sys.argv[1], "impact", "--no-host", "--base", "HEAD"])
EOF
  expect "status of impact without threads" $? 2
  expect "its error" "$(grep -c 'enough threads' err)" 1
fi
(ulimit -v 150000; timeout -s KILL 60 "$doctor" --no-host --format concise several >out 2>err); expect "status in 150 MB of address space" $? 1
expect "report in 150 MB of address space" "$(cmp out usual)" ""
python3 - "$doctor" >out <<'EOF'
import resource, subprocess, sys
for count in range(4, 9):
    run = subprocess.run([sys.argv[1], "--no-host", "--format", "concise", "warning"], capture_output=True, text=True, timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (count, count)))
    print(run.returncode, run.stderr)
EOF
expect "status with few descriptors" "$(sort -u out)" "1 "

[ $failed = 0 ] && echo "the process behaves"
exit $((failed > 0))

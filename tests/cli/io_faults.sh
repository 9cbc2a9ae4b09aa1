# Outputs that cannot be written: a full disk, a file that may not grow, standard output that is full, closed or no longer read.
# Each single call and allocation that fails: tests/test_faults.c, and scripts/torture io allocations.
# shellcheck shell=sh disable=SC1091,SC2015,SC2154
. "$(dirname "$0")/lib.sh"

listings="list heads;list layers;list keys;list --json;--help;--version;list heads --csv;train --help;completion bash"
experiment() {
    cat >exp.yaml <<END
name: tiny
$(digits_data "" "fraction: 0.2")
model: {backbone: [flatten, {dense: {units: 3}}]}
head: {type: arcface, s: 8, m: 0.2}
train: {epochs: 1, batch_size: 200, optimizer: adam}
output: {dir: runs}
END
}
each_listing() { # COMMAND...: runs it with each listing's words behind
    old=$IFS
    IFS=';'
    for listing in $listings "check $PWD/exp.yaml" "show $PWD/exp.yaml" "data $digits"; do
        IFS=' '
        # shellcheck disable=SC2086 # words
        "$@" $listing
        IFS=';'
    done
    IFS=$old
}
into_full() {
    "$program" "$@" >/dev/full 2>stderr </dev/null
    status=$?
    expect_exit 1
    expect_stderr "standard output cannot be written: No space left on device"
}
into_closed() {
    "$program" "$@" 2>stderr >&- </dev/null
    status=$?
    expect_exit 1
    expect_stderr "standard output cannot be written: Bad file descriptor"
}

case_begin "standard output on a full disk"
[ -w /dev/full ] && { experiment; each_listing into_full; } || skip "there is no /dev/full"

case_begin "standard output is closed"
experiment
each_listing into_closed

case_begin "what is printed goes into no file of the run where standard output is closed"
experiment
"$program" train exp.yaml --no-report -q >&- 2>stderr </dev/null
status=$?
expect_exit 1
expect_stderr "standard output cannot be written"
run train exp.yaml --no-report -q -o undisturbed
for file in config.yaml metrics.csv manifest.json checkpoints/last.safetensors lock; do
    expect_file runs/*/$file
done
expect_same runs/*/manifest.json undisturbed/*/manifest.json
grep -q '^runs/' runs/*/lock && fail "the lock holds what was to be printed"

case_begin "nobody listens on standard error"
experiment
"$program" train exp.yaml --no-report >stdout 2>&- </dev/null
status=$?
expect_exit 0
expect_file "$(cat stdout)/manifest.json"

case_begin "the reader of a listing has seen enough"
# Without a word, as other programs that SIGPIPE ends.
{ { "$program" list keys 2>stderr; echo $? >code; } | head -n 1 >stdout; } </dev/null
expect_empty stderr
case $(cat code) in 0 | 141) ;; *) fail "exit code $(cat code)" ;; esac

case_begin "a file may not grow: the run fails, says so, and goes on later"
experiment
(
    ulimit -f 8
    "$program" train exp.yaml --no-report -q -o runs >stdout 2>stderr </dev/null
    echo $? >code
)
status=$(cat code)
expect_exit 1
expect_stderr "cannot write: File too large"
[ -z "$(find runs -name '*.tmp.*')" ] || fail "left: $(find runs -name '*.tmp.*')"
run train exp.yaml --no-report -q -o runs
expect_exit 0
run train exp.yaml --no-report -q -o undisturbed
expect_same runs/*/manifest.json undisturbed/*/manifest.json

case_begin "a full disk of 1 MiB"
experiment
mkdir disk
if [ "$(id -u)" -eq 0 ] && mount -t tmpfs -o size=1m none disk 2>/dev/null; then
    run train exp.yaml --no-report -q -o disk/before
    expect_exit 0
    dd if=/dev/zero of=disk/fill bs=1k count=2000 2>/dev/null
    find disk/before -type f -exec cksum {} + >sums
    run train exp.yaml -q -o disk/runs
    expect_exit 1
    expect_stderr "No space left on device"
    find disk/before -type f -exec cksum {} + >after
    expect_same sums after
    [ -z "$(find disk -name '*.tmp.*')" ] || fail "left: $(find disk -name '*.tmp.*')"
    rm disk/fill
    run train exp.yaml --no-report -q -o disk/runs
    expect_exit 0
    expect_same disk/runs/*/manifest.json disk/before/*/manifest.json
    mount -o remount,ro disk
    run train exp.yaml --no-report -q -o disk/other
    expect_exit 1
    expect_stderr "disk/other" "Read-only file system"
    run train exp.yaml --no-report -q -o disk/runs --force
    expect_exit 1
    expect_stderr "Read-only file system"
    umount disk
else
    skip "mounting a tmpfs needs root"
fi
cases_end

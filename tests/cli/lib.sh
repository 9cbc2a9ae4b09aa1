# lib.sh: a small harness for tests of the command line. A script sources it and prints one TAP line per case.
#
#   case_begin NAME       starts a case, in an empty folder of its own
#   run ARGUMENTS...      runs metric-train; its exit code and output go to $status, ./stdout and ./stderr
#   faulty FAULT ARG...   the same while single calls fail, where can_fail says yes
#   expect_exit CODE      and the other expectations fail the case when they do not hold, and say what was there instead
#   skip WHY              ends the case without a verdict
#   cases_end             last line of the script
#   digits_data V [T]     prints the section `data` of an experiment on the digits
#   base_run              trains the run that the cases of a script share
#   bail_out WHY FILE     ends the script before its cases, and shows what the file says
#
# $root is the source tree, $data the folder of larger data sets, $digits the bundled digits. The program is $METRIC_TRAIN, else
# the release build's.
# shellcheck shell=sh disable=SC2034

root=$(cd "$(dirname "$0")/../.." && pwd)
program=${METRIC_TRAIN:-$root/build/cmd/metric-train}
case $program in
/*) ;;
*) program=$PWD/$program ;;
esac
data=${METRIC_TRAIN_DATA:-$root/datasets}
digits=$root/datasets/digits/digits.csv.gz
case_number=0 case_name='' case_state='' status=0 any_failed=0
work=$(mktemp -d) || exit 1
trap 'cd /; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
unset NO_COLOR OPENBLAS_CORETYPE OPENBLAS_NUM_THREADS

case_end() {
    [ -n "$case_name" ] || return 0
    case $case_state in
    ok) echo "ok $case_number - $case_name" ;;
    skip*) echo "ok $case_number - $case_name # SKIP ${case_state#skip }" ;;
    *)
        echo "not ok $case_number - $case_name"
        any_failed=1
        ;;
    esac
    case_name=''
}
case_begin() {
    case_end
    case_number=$((case_number + 1)) case_name=$1 case_state=ok status=0
    mkdir "$work/$case_number"
    cd "$work/$case_number" || exit 1
    : >stdout
    : >stderr
}
cases_end() {
    case_end
    echo "1..$case_number"
    exit "$any_failed"
}
skip() {
    [ "$case_state" = failed ] || case_state="skip $1"
}
is_skipped() {
    case $case_state in skip*) return 0 ;; esac
    return 1
}
fail() {
    case_state=failed
    echo "# $case_name: $1"
}
show() { # FILE: as TAP comments
    sed 's/^/#   /' "$1" | head -n 40
}
bail_out() {
    echo "Bail out! $1:"
    show "$2"
    exit 1
}

# Each split is what it takes from the training samples, "fraction: 0.2" or "last: 300"; where it says nothing there is none.
# A script may set $digits to a file of its own.
digits_data() { # VALIDATION [TEST]
    echo "data:"
    echo "  train: {format: csv, file: $digits, shape: [8, 8]}"
    [ -z "$1" ] || echo "  validation: {from: train, $1}"
    [ -z "${2-}" ] || echo "  test: {from: train, $2}"
    echo "  max: 16"
}
# On the digits, the last 300 of them for test; standard input is the rest of the experiment. Leaves $base/small.yaml and, as
# $trained, the run's folder.
base_run() {
    base=$work/base
    mkdir "$base"
    {
        echo "name: small"
        digits_data "fraction: 0.2" "last: 300"
        cat
    } >"$base/small.yaml"
    (cd "$base" && "$program" train small.yaml -q >run.txt 2>train.err) || bail_out "the run to test with failed" "$base/train.err"
    trained=$base/$(cat "$base/run.txt")
}

awk() { # numbers have decimal points under any locale
    LC_ALL=C command awk "$@"
}

run() {
    "$program" "$@" >stdout 2>stderr </dev/null
    status=$?
}
# As run, while calls of the program and of those that it starts fail: MT_FAULT, tests/torture/faults.c.
# ./counts tells how many calls there were.
library=$(dirname "$program")/../tests/mt_faults.so
faulty() { # FAULT ARGUMENTS...
    fault=$1
    shift
    rm -f counts
    env MT_FAULT="$fault" MT_FAULT_COUNTS="$PWD/counts" LD_PRELOAD="$library" OPENBLAS_NUM_THREADS=1 \
        ASAN_OPTIONS="verify_asan_link_order=0:$ASAN_OPTIONS" "$program" "$@" >stdout 2>stderr </dev/null
    status=$?
}
can_fail() { # or the case is skipped
    if [ ! -e "$library" ]; then
        skip "mt_faults.so is not built"
    elif faulty alloc:0:once:ENOMEM --version && [ "$status" -ne 0 ]; then
        skip "the program does not run with mt_faults.so"
    fi
    ! is_skipped
}
expect_exit() {
    if [ "$status" -ne "$1" ]; then
        fail "exit code $status, expected $1; stderr:"
        show stderr
    fi
}
expect_in() { # FILE TEXT...: the file holds each of these as they are
    looked_in=$1
    shift
    for looked_for; do
        if ! grep -qF -e "$looked_for" "$looked_in"; then
            fail "no \"$looked_for\" in $looked_in, which reads:"
            show "$looked_in"
            return
        fi
    done
}
expect_stdout() {
    expect_in stdout "$@"
}
expect_stderr() {
    expect_in stderr "$@"
}
expect_not_in() { # FILE TEXT
    if grep -qF -e "$2" "$1"; then
        fail "\"$2\" in $1, which reads:"
        show "$1"
    fi
}
expect_empty() { # FILE
    if [ -s "$1" ]; then
        fail "$1 is not empty:"
        show "$1"
    fi
}
expect_file() {
    for looked_for; do
        [ -s "$looked_for" ] || fail "$looked_for is not there or empty"
    done
}
expect_same() { # FILE FILE
    if ! cmp "$1" "$2" >cmp.out 2>&1; then
        fail "$1 and $2 differ:"
        show cmp.out
    fi
}
expect_near() { # WHAT GOT WANT: two numbers
    awk -v a="$2" -v b="$3" 'BEGIN { d = a - b; exit !(a != "" && b != "" && (d < 0 ? -d : d) <= 1e-7 * (b < 0 ? -b : b) + 1e-9) }' ||
        fail "$1: got '$2', expected '$3'"
}

# Single calls that fail in whole commands: what `report`, `compare` and `sweep` do then. A sample of what scripts/torture io and
# allocations do to every call of every command; tests/test_faults.c does it to training.
# shellcheck shell=sh disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

counted() { # PLACE in struct counts, of the last command
    od -An -t u8 -j $((8 * $1)) -N 8 counts | tr -d ' '
}
n_writes() { counted 1; }
n_allocations() { counted 9; }
n_looks() { counted 14; }
n_failed() { counted 15; }
n_renames() { counted 4; }

experiment() {
    cat >exp.yaml <<-END
	name: tiny
	data:
	  train: {format: csv, file: data.csv, label: last, header: no}
	  validation: {from: train, fraction: 0.25}
	  test: {from: train, fraction: 0.25}
	model: {backbone: [flatten, {dense: {units: 3}}]}
	head: {type: arcface, s: 8, m: 0.2}
	train: {epochs: 1, batch_size: 12}
	output: {dir: runs, embeddings: [train, test]}
	END
    awk -v OFS=, 'BEGIN { for (i = 0; i < 48; i++) print i % 3 * 40 + i, 200 - i % 3 * 60, i * 7 % 31, i % 3 }' >data.csv
}
trained() { # a run, whose folder is in $folder
    experiment
    run train exp.yaml --threads 1 -q --no-report
    expect_exit 0
    folder=$(cat stdout)
}
# No memory: the same output as ever, or exit code 1 and a word of it.
judge() { # FAULT
    if [ "$status" -eq 0 ]; then
        cmp -s stdout whole || fail "$1: exit code 0, and something is left out"
    elif [ "$status" -ne 1 ] || ! grep -q memory stderr; then
        fail "$1: exit code $status: $(cat stderr)"
    fi
}
each_allocation() { # HOW  HOW MANY FROM THE LAST ON  STEP  ARGUMENTS...
    how=$1 back=$2 step=$3
    shift 3
    faulty alloc:0:once:ENOMEM "$@"
    expect_exit 0
    cp stdout whole
    last=$(n_allocations) tried=0
    at=$((last - back))
    while [ "$at" -le "$last" ]; do
        faulty "alloc:$at:$how:ENOMEM" "$@"
        judge "MT_FAULT=alloc:$at:$how:ENOMEM $*"
        at=$((at + step)) tried=$((tried + 1))
    done
    [ "$(n_failed)" -ge 1 ] || fail "no allocation failed"
}

case_begin "report: without memory no part is left out in silence"
if can_fail; then
    trained
    each_allocation once 1050 7 report "$folder" -o -
fi

case_begin "compare: without memory no table is left out in silence"
if can_fail; then
    trained
    each_allocation on 40 1 compare "$folder"
fi

swept() { # FAULT
    rm -rf s
    faulty "$1" sweep exp.yaml -s seed=0,1 -o s --threads 1 -j 1
}
lines_of() { # FILE or FOLDER: of all log.txt there
    find "$1" -name log.txt -exec cat {} + 2>/dev/null | wc -l
}
# Sweeps with one write after the other failing, until one ends well and has a line less than it should.
sweep_loses_a_line() { # FILE or FOLDER  FIRST WRITE, or last  STEP
    experiment
    swept write:0:once:ENOSPC
    expect_exit 0
    cp s/results.csv results
    last=$(n_writes) whole=$(lines_of "$1") at=$2
    [ "$at" != last ] || at=$last
    while [ "$at" -ge 1 ] && [ "$at" -le "$last" ]; do
        swept "write:$at:once:ENOSPC"
        [ "$(n_failed)" -eq 1 ] || fail "write $at did not fail"
        [ "$status" -ne 0 ] || [ "$(lines_of "$1")" -eq "$whole" ] || break
        at=$((at + $3))
    done
    [ "$(lines_of "$1")" -eq $((whole - 1)) ] || fail "no line of $1 was lost"
    expect_exit 0
    expect_same s/results.csv results
}

case_begin "sweep: a line of log.txt that cannot be written is no reason to stop, and is said"
if can_fail; then
    sweep_loses_a_line s/log.txt last -1 # it is written towards the end
    expect_stderr "s/log.txt: cannot write: No space left on device"
fi

case_begin "nor is a line of a run in it"
if can_fail; then
    sweep_loses_a_line s/runs 1 1
    expect_stderr "/log.txt: cannot write: No space left on device"
fi

# Permission that is missing, or a file server that is away: each question whether there is a file fails.
each_look() { # ERROR  ARGUMENTS...
    error=$1
    shift
    faulty look:0:once:EIO "$@"
    expect_exit 0
    cp stdout whole
    last=$(n_looks) at=1
    [ "$last" -ge 3 ] || fail "$*: asks for $last files"
    while [ "$at" -le "$last" ]; do
        for how in once on; do
            faulty "look:$at:$how:$error" "$@"
            [ "$(n_failed)" -ge 1 ] || fail "look $at of $* did not fail"
            case $status in
            0) cmp -s stdout whole || grep -q "There are no images: its experiment cannot be read" stdout ||
                fail "look:$at:$how:$error $*: exit code 0, and something is left out" ;;
            1 | 3 | 5) [ -s stderr ] || [ -s stdout ] || fail "look:$at:$how:$error $*: exit code $status without a word" ;;
            *) fail "look:$at:$how:$error $*: exit code $status: $(cat stderr)" ;;
            esac
            case $error,$1,$status in
            ESTALE,verify,[!01]) fail "look:$at:$how:$error $*: is called damage: $(cat stdout)" ;;
            esac
            ! grep -q "it has no status.json" stderr || fail "look:$at:$how:$error $*: $(cat stderr)"
        done
        at=$((at + 1))
    done
}

case_begin "what cannot be looked at does not pass for missing: a run"
if can_fail; then
    trained
    for command in "report $folder -o -" "verify $folder" "eval $folder" "compare $folder"; do
        # shellcheck disable=SC2086
        each_look EACCES $command
    done
    each_look ESTALE verify "$folder"
    each_look ESTALE project "$folder" --split test -q
    faulty look:1:on:ESTALE eval "$folder"
    expect_exit 1
    expect_stderr "Stale file handle"
fi

case_begin "what cannot be looked at does not pass for missing: a sweep"
if can_fail; then
    experiment
    run sweep exp.yaml -s seed=0,1 -o s --threads 1 -j 1
    expect_exit 0
    for command in "sweep collect s" "verify s" "compare s" "report s -o -"; do
        # shellcheck disable=SC2086
        each_look ESTALE $command
    done
fi

case_begin "a run whose folder cannot be looked at for a moment says so, and goes on"
if can_fail; then
    trained
    cp "$folder/metrics.csv" metrics
    rm -r runs
    faulty look:0:once:EIO train exp.yaml --threads 1 -q --no-report
    last=$(n_looks) at=1
    while [ "$at" -le "$last" ]; do
        rm -rf runs
        faulty "look:$at:once:ESTALE" train exp.yaml --threads 1 -q --no-report
        if [ "$status" -ne 0 ]; then
            expect_exit 1
            expect_stderr "Stale file handle"
            run train exp.yaml --threads 1 -q --no-report
        fi
        expect_exit 0
        expect_same "$folder/metrics.csv" metrics
        at=$((at + 5))
    done
fi

# A signal comes before one call after the other: as long as a file is written it waits.
each_signal() { # FILE  ARGUMENTS...
    file=$1
    shift
    rm -f "$file"
    faulty write:0:once:SIGTERM "$@"
    expect_exit 0
    mv "$file" want
    writes=$(n_writes) renames=$(n_renames)
    [ "$writes" -ge 1 ] && [ "$renames" -eq 1 ] || fail "$*: $writes writes and $renames renames"
    for moment in $(seq -f 'write:%g' "$writes") sync:1 close:1 rename:1; do
        faulty "$moment:once:SIGTERM" "$@"
        expect_exit 143
        for left in *.tmp.*; do
            [ ! -e "$left" ] || fail "$moment:once:SIGTERM $*: leaves $left"
        done
        [ ! -e "$file" ] || expect_same "$file" want
        rm -f "$file"
    done
}

case_begin "a signal that ends a command leaves a whole file or none"
if can_fail; then
    trained
    each_signal x.csv data data.csv --export x.csv
    each_signal s.png data data.csv --shape 1x3 --sheet s.png
    each_signal e.csv embed "$folder" -o e.csv
    each_signal page.html report "$folder" -o page.html
fi

case_begin "a long export that a signal ends goes no further"
if can_fail; then
    awk 'BEGIN { for (i = 0; i < 800; i++) { for (k = 0; k < 1000; k++) printf "%d,", i * k % 200; print i % 2 } }' >wide.csv
    faulty write:1:once:SIGTERM data wide.csv --label last --export x.csv
    expect_exit 143
    [ "$(echo x.csv*)" = 'x.csv*' ] || fail "left: $(echo x.csv*)"
    [ "$(n_writes)" -eq 1 ] || fail "$(n_writes) writes"
fi

case_begin "the working folder was removed"
experiment
mkdir gone
(
    cd gone || exit 1
    rmdir ../gone
    timeout -k 2 20 "$program" train "$work/$case_number/exp.yaml" -q >"$work/$case_number/stdout" 2>"$work/$case_number/stderr"
)
status=$?
expect_exit 1
expect_stderr "cannot"

cases_end

#!/bin/sh
# Runs that end with a number that is not finite: what is kept of them, and what is said of them later.
. "$(dirname "$0")/lib.sh"

experiment() { # what to add
    cat >exp.yaml <<-END
	name: dv
	$(digits_data "fraction: 0.2" "fraction: 0.2")
	model: {backbone: [flatten, {dense: {units: 16, activation: relu}}, {dense: {units: 3}}]}
	head: softmax
	train: {epochs: 3, batch_size: 64, optimizer: {type: sgd, lr: 1e6}}
	$1
	END
}

case_begin "the last good weights are kept, and eval says what they are"
experiment
run train exp.yaml -o runs --threads 1 --save-every 0
expect_exit 4
expect_stderr "not finite" "train.optimizer.lr"
run=$(echo runs/*)
expect_in "$run/status.json" '"diverged"' "not finite"
run eval "$run"
expect_exit 4
expect_stderr "warning: training has diverged" "not finite"
expect_stdout "accuracy"
run eval "$run" --json
expect_exit 4
run eval "$run" --checkpoint last
expect_exit 0
expect_stderr "training has diverged"
run embed "$run" -n 3
expect_exit 0
expect_stderr "training has diverged"
expect_not_in stdout nan
expect_not_in stdout inf
run verify "$run"
[ "$status" -ne 2 ] || skip "there is no verify"
expect_exit 0

case_begin "at once, not at the end: the trace ends with the step at which it happened"
experiment
run train exp.yaml -o runs --threads 1 --trace trace.csv
expect_exit 4
[ "$(wc -l <trace.csv)" -le 4 ] || fail "went on for $(wc -l <trace.csv) rows"

case_begin "a sweep marks the runs that diverge and goes on with the others"
experiment "sweep: {parameters: {train.optimizer.lr: {values: [1e6, 0.01]}, seed: {values: [0, 1]}}}"
run sweep exp.yaml -o sw --threads 1
[ "$status" = 0 ] || [ "$status" = 5 ] || fail "exit code $status: $(cat stderr)"
[ "$(grep -c ',diverged,' sw/index.csv)" = 2 ] || fail "index.csv: $(cat sw/index.csv)"
[ "$(grep -c ',complete,' sw/index.csv)" = 2 ] || fail "index.csv: $(cat sw/index.csv)"
expect_stdout "2 complete" "2 diverged"

cases_end

# `sweep plan` and `sweep --dry-run`: which runs there are, all checked before any is trained.
# shellcheck shell=sh disable=SC1091,SC2034,SC2154
. "$(dirname "$0")/lib.sh"

experiment() { # an experiment on the bundled digits, in ./exp.yaml
    ln -s "$root/datasets" datasets
    cat >exp.yaml <<'END'
data:
  train: {format: csv, file: datasets/digits/digits.csv.gz, label: last, header: no, shape: [8, 8]}
  validation: {from: train, fraction: 0.1}
  max: 16
model: {backbone: [flatten, {dense: 3}]}
head: {type: arcface, s: 16, m: 0.3}
train: {epochs: 2}
END
}
section() {
    cat >>exp.yaml <<'END'
sweep:
  metric: {name: val_accuracy}
  parameters:
    head.s: {values: [8, 16]}
    head.m: {values: [0.1, 0.3]}
    seed: {values: 0..2}
END
}

case_begin "a plan is a folder with the experiment and its tasks"
experiment
section
run sweep plan exp.yaml -o out
expect_exit 0
expect_stdout out
expect_stderr "12 runs of 4 cells"
expect_file out/sweep.yaml out/tasks.csv
[ -d out/runs ] || fail "out/runs is not there"
[ "$(head -n 2 out/tasks.csv | cut -d , -f 1-5 | tr '\n' ' ')" = "index,cell,head.s,head.m,seed 0,0,8,0.1,0 " ] || fail "tasks.csv begins otherwise"
[ "$(wc -l <out/tasks.csv)" -eq 13 ] || fail "not 12 tasks"
[ "$(cut -d , -f 6 out/tasks.csv | sort -u | wc -l)" -eq 13 ] || fail "runs are not named one by one"
expect_in out/sweep.yaml "name: exp" "file: $root/datasets/digits/digits.csv.gz" "{values: [0, 1, 2]}"
cp out/tasks.csv first.csv
run sweep plan exp.yaml -o out
expect_same out/tasks.csv first.csv
mkdir elsewhere
cd elsewhere || exit 1
run sweep plan ../out/sweep.yaml -o again
expect_same ../out/tasks.csv again/tasks.csv

case_begin "the default folder is sweeps/NAME"
experiment
run sweep plan exp.yaml -s seed=0..1
expect_exit 0
expect_file sweeps/exp/tasks.csv

case_begin "values on the line need no section"
experiment
run sweep plan exp.yaml -o out -s head.m=0.1,0.3 -s head.s=8:32:x2 -s seed=0..1 -s train.epochs=3
expect_exit 0
expect_stderr "12 runs of 6 cells"
expect_in out/sweep.yaml "epochs: 3"
run sweep plan exp.yaml -o heads -s 'head={type: softmax},{type: cosface, s: 30, m: 0.2}' -s 'model.backbone=[flatten, {dense: 3}],[flatten, {dense: 2}]'
expect_exit 0
expect_in heads/tasks.csv '"{type: cosface, s: 30, m: 0.2}","[flatten, {dense: 3}]"'

case_begin "what was planned for a run is what train makes of it"
experiment
run sweep plan exp.yaml -o out -s head.m=0.1,1.5 -s 'head.pi_rule=none,psi'
expect_exit 0
run train exp.yaml --set head.m=1.5 --set head.pi_rule=none -o runs -q
expect_exit 0
expect_in out/tasks.csv ",1.5,none,$(basename "$(cat stdout)")"

case_begin "train and check say what becomes of the section"
experiment
run train exp.yaml -o runs
cp stdout without
section
run train exp.yaml -o runs
expect_exit 0
expect_stderr "this trains the experiment alone"
expect_same stdout without
expect_not_in "$(cat stdout)/config.yaml" sweep
run check exp.yaml
expect_stdout "Sweep: grid, 12 runs of 4 cells"
run check exp.yaml --json
expect_stdout '"sweep": {"method": "grid", "runs": 12, "cells": 4}'
run check exp.yaml --set sweep.metric.name=val_acuracy
expect_exit 2
expect_stderr "did you mean 'val_accuracy'?"

case_begin "a dry run lists the runs and writes nothing"
experiment
section
run train exp.yaml -o sweeps/exp/runs --set head.s=8 --set head.m=0.1 --set seed=0 -q
expect_exit 0
run sweep exp.yaml --dry-run -s head.m=0.1,1.5 -s head.s=8,64
expect_exit 0
expect_stdout "unmeetable" "12 runs of 4 cells, 1 finished" "MiB"
[ "$(grep -c ' complete ' stdout)" -eq 1 ] || fail "one run is complete"
[ "$(grep -c ' pending ' stdout)" -eq 11 ] || fail "eleven are pending"
[ ! -e sweeps/exp/tasks.csv ] || fail "the dry run wrote a plan"
run sweep exp.yaml --dry-run -j 3 --threads 8
expect_stdout "3 at a time with 2 threads each" "MiB, 3 at a time "
run sweep exp.yaml --dry-run -j 3 --threads 2
expect_exit 2
expect_stderr "-j 3 is more than --threads 2"
run sweep exp.yaml --dry-run --csv
[ "$(head -n 1 stdout)" = "index,cell,head.s,head.m,seed,margin,seconds,mib,state,run" ] || fail "another header"
[ "$(wc -l <stdout)" -eq 13 ] || fail "not 12 rows"
expect_stderr "12 runs of 4 cells"
run sweep exp.yaml --dry-run --json
expect_stdout '"runs": 12, "cells": 4, "finished": 1' '"head.s": "8"'
if command -v python3 >/dev/null; then
    python3 -c 'import json; d = json.load(open("stdout")); assert len(d["tasks"]) == 12 and d["seconds"] > 0' || fail "no JSON"
fi
run sweep exp.yaml --dry-run --markdown
expect_stdout "| --- |"
run sweep exp.yaml --dry-run --json --csv
expect_exit 2

case_begin "every problem is told at once, with the cell, before anything is written"
experiment
section
run sweep plan exp.yaml -o out -s head.m=0.1,9 -s head.ss=1,2 -s train.batch_size=0,32
expect_exit 2
expect_stderr "--set head.m=0.1,9: error: head.m: expected a number in [0, pi]" "unknown key" "train.batch_size: expected" \
    "= in the cell head.s=8" "more runs" "3 errors; nothing was trained."
[ ! -e out ] || fail "a folder was made"
sed -i 's/\[0.1, 0.3\]/[0.1, 7]/' exp.yaml
run sweep plan exp.yaml
expect_exit 2
expect_stderr "exp.yaml:12:28: error: head.m"

case_begin "sweeps that nobody could wait for are refused with their size"
experiment
run sweep plan exp.yaml -s head.m=0:1:+0.001 -s head.s=1..1000 -s seed=0..999
expect_exit 2
expect_stderr "1001 x 1000 x 1000 = 1001000000 runs"
run sweep plan exp.yaml -s seed=0..1000000000
expect_exit 2
expect_stderr "1000000001 values"
section
run sweep plan exp.yaml -s sweep.run_cap=5
expect_exit 2
expect_stderr "12 runs (2 x 2 x 3), more than run_cap, 5"

case_begin "texts with commas, colons, quotes and line breaks stay whole"
experiment
run sweep plan exp.yaml -o out -s "data.train.file=datasets/digits/digits.csv.gz,'a,b.csv'"
expect_exit 3
expect_stderr "a,b.csv"
printf 'sweep: {method: list, runs: [{train.stages: [{name: "=a,\\"b\\n", epochs: 2}]}, {train.stages: [{name: "1:2:+1", epochs: 2}]}]}\n' >>exp.yaml
run sweep plan exp.yaml -o out
expect_exit 0
[ "$(wc -l <out/tasks.csv)" -eq 3 ] || fail "a line break came through"
run sweep plan out/sweep.yaml -o again
expect_exit 0
expect_same out/tasks.csv again/tasks.csv

case_begin "values that make no difference are planned once, and said"
experiment
run sweep plan exp.yaml -o out -s head.m=0.3,0.30,0.5
expect_exit 0
expect_stderr "2 runs of 2 cells" "the same run twice"
run sweep plan exp.yaml -s name=a,b
expect_exit 2
expect_stderr "does not change results"

case_begin "a key and its alias are one parameter"
experiment
run sweep plan exp.yaml -o out -s head.m=0.1,0.3 -s head.margin=0.2
expect_exit 0
expect_stderr "1 runs of 1 cells"
run sweep plan exp.yaml -o out -s head.m=0.1,0.3 -s head.margin=0.4,0.5,0.6
expect_exit 0
expect_stderr "3 runs of 3 cells"
section
run sweep plan exp.yaml -o pinned -s head.margin=0.2
expect_exit 0
expect_stderr "6 runs of 2 cells"
expect_not_in pinned/tasks.csv ",0.1,"
sed -i 's/head.s: {/head.margin: {/; s/\[8, 16\]/[0.4, 0.5]/' exp.yaml
run sweep plan exp.yaml -o both
expect_exit 2
expect_stderr "another name of 'head.margin'"

case_begin "a list's runs spell a key in one way"
experiment
echo 'sweep: {method: list, runs: [{head.m: 0.1}, {head.margin: 0.2}]}' >>exp.yaml
run sweep plan exp.yaml -o both
expect_exit 2
expect_stderr "another name of 'head.m"

case_begin "many combinations that are the same run are counted"
experiment
run sweep plan exp.yaml -o out -s 'head={type: softmax}' -s head.type=softmax,softmax -s seed=0..19
expect_exit 0
expect_stderr "20 runs of 1 cell" "note: and so 10 more"
run sweep plan exp.yaml -o out -s seed=1,1
expect_exit 0
expect_stderr "planned once: seed 1"
run sweep plan exp.yaml -o out -s seed=1,x
expect_exit 2
expect_stderr "in the cell seed=x"

case_begin "a sweep without a seed has one run per cell"
experiment
run sweep plan exp.yaml -o out -s head.m=0.3,0.5 -s seed=7
expect_exit 0
expect_stderr "2 runs of 2 cells"
[ "$(head -n 1 out/tasks.csv)" = "index,cell,head.m,run" ] || fail "tasks.csv begins otherwise"
expect_in out/sweep.yaml "seed: 7"

case_begin "draws are the same every time, and random without run_cap is refused"
experiment
printf 'sweep: {method: random, run_cap: 6, parameters: {head.m: {min: 0, max: 0.5}, seed: 0..1}}\n' >>exp.yaml
run sweep plan exp.yaml -o a
run sweep plan exp.yaml -o b
expect_same a/tasks.csv b/tasks.csv
run sweep plan exp.yaml -o c --set sweep.seed=1
cmp -s a/tasks.csv c/tasks.csv && fail "another sweep.seed draws the same"
sed -i 's/run_cap: 6, //' exp.yaml
run sweep plan exp.yaml
expect_exit 2
expect_stderr "run_cap"

case_begin "there is something to draw"
experiment
echo 'sweep: {method: random, run_cap: 6, parameters: {seed: 0..1}}' >>exp.yaml
run sweep plan exp.yaml -o out
expect_exit 2
expect_stderr "nothing to draw"

case_begin "wrong words"
experiment
run sweep plan exp.yaml -s seed=0..1 -o ''
expect_exit 2
expect_stderr "the name of the folder is empty"
run sweep
expect_exit 2
run sweep plan
expect_exit 2
run sweep plan exp.yaml more
expect_exit 2
run sweep plan nowhere.yaml -s seed=0..1
expect_exit 3
run sweep plan exp.yaml
expect_exit 2
expect_stderr "no key takes several values"
cases_end

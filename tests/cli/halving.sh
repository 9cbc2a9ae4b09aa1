#!/bin/sh
# Sweeps by successive halving: what they drop, that survivors are the runs of the full grid, and that it is the
# same however they were run.
. "$(dirname "$0")/lib.sh"

# 4 cells x 2 seeds, 9 epochs; rungs after 1 and 3 of them: 4 -> 2 -> 1.
experiment() {
    cat >exp.yaml <<-END
	name: ha
	$(digits_data "fraction: 0.2")
	model: {backbone: [flatten, {dense: {units: 16, activation: relu}}, {dense: {units: 3}}]}
	head: {type: arcface, s: 8, m: 0.1}
	train: {epochs: 9, batch_size: 32}
	output: {embeddings: []}
	sweep:
	  method: ${1:-halving}
	  parameters: {head.s: {values: [1, 8]}, head.m: {values: [0, 0.2]}, seed: {values: [0, 1]}}
	END
    [ "${1:-halving}" = grid ] || echo "  min_epochs: 1" >>exp.yaml
}
same_sweep() {
    for f in index.csv halving.csv results.csv results.json results.md; do
        cmp -s "$1/$f" "$2/$f" || fail "$f differs: $(diff "$1/$f" "$2/$f" | head -5)"
    done
}

straight=$work/straight grid=$work/grid

case_begin "cells are dropped, and the best one trains to the end"
experiment
run sweep exp.yaml -o "$straight" --threads 1
expect_exit 0
expect_stderr "rung 1, after epoch 1: 2 of 4 cells go on" "rung 2, after epoch 3: 1 of 2 cells go on" "paused after epoch 1"
expect_stdout "2 complete, 6 dropped" "dropped after 1 epoch " "dropped after 3 epochs" "chosen from 1 cell" "stopped early by successive halving"
expect_not_in stdout "Not finished"
[ "$(grep -c ',complete,0,9,' "$straight/index.csv")" = 2 ] || fail "index.csv: $(cat "$straight/index.csv")"
[ "$(grep -c ',dropped,75,1,' "$straight/index.csv")" = 4 ] || fail "index.csv: $(cat "$straight/index.csv")"
[ "$(grep -c ',dropped,75,3,' "$straight/index.csv")" = 2 ] || fail "index.csv: $(cat "$straight/index.csv")"
[ "$(grep -c 'kept$' "$straight/halving.csv")" = 3 ] || fail "halving.csv: $(cat "$straight/halving.csv")"

case_begin "a survivor's run is that of the full grid"
experiment grid
run sweep exp.yaml -o "$grid" --threads 1
expect_exit 0
n=0
for dir in "$straight"/runs/*; do
    own=$grid/runs/${dir##*/}
    if grep -q '"complete"' "$dir/status.json"; then
        n=$((n + 1))
        diff -r -x status.json -x log.txt -x timing.csv -x environment.json -x lock -x last.prev.safetensors "$dir" "$own" >diff.out ||
            fail "differs from the grid's: $(head -5 diff.out)"
    else
        lines=$(wc -l <"$dir/metrics.csv")
        head -n "$lines" "$own/metrics.csv" | cmp -s - "$dir/metrics.csv" || fail "a dropped run has other epochs than the grid's"
    fi
done
[ $n = 2 ] || fail "not two survivors"

case_begin "what was dropped is what the grid's own epochs say"
if command -v python3 >/dev/null; then
    python3 - "$grid" "$straight" >wrong <<'END' || fail "python3 failed"
import csv, sys
grid, own = sys.argv[1:]
tasks = list(csv.DictReader(open(grid + "/tasks.csv", newline="")))
left = sorted({int(t["cell"]) for t in tasks})
rows = {(int(r["rung"]), int(r["cell"])): r for r in csv.DictReader(open(own + "/halving.csv", newline=""))}
for rung, epoch in (1, 1), (2, 3):
    mean = {}
    for c in left:
        runs = [t["run"] for t in tasks if int(t["cell"]) == c]
        table = [list(csv.DictReader(open(f"{grid}/runs/{r}/metrics.csv", newline=""))) for r in runs]
        mean[c] = sum(float(t[epoch - 1]["val_accuracy"]) for t in table) / len(runs)
    keep = sorted(left, key=lambda c: (-mean[c], c))[:-(-len(left) // 3)]
    for c in left:
        row = rows.pop((rung, c))
        if abs(float(row["val_accuracy"]) - mean[c]) > 1e-8 or row["outcome"] != ("kept" if c in keep else "dropped"):
            print(rung, c, row, mean[c], keep)
    left = sorted(keep)
print(*rows, sep="")
END
    grep -q . wrong && fail "$(cat wrong)"
else
    skip "no python3"
fi

case_begin "any number of jobs gives the same files"
experiment
run sweep exp.yaml -o jobs -j 3
expect_exit 0
same_sweep "$straight" jobs

case_begin "run again, nothing is trained"
experiment
cp -R "$straight" again
run sweep exp.yaml -o again
expect_exit 0
expect_not_in stderr rung
same_sweep "$straight" again

case_begin "killed and gone on with, the answer is the same"
experiment
for moment in 0.1 0.2 0.3 0.2; do
    setsid "$program" sweep exp.yaml -o often -j 2 2>/dev/null </dev/null >/dev/null &
    pid=$!
    sleep $moment
    kill -KILL -$pid 2>/dev/null || kill -KILL $pid 2>/dev/null
    wait $pid
done
run sweep exp.yaml -o often -j 2
expect_exit 0
same_sweep "$straight" often

case_begin "the full grid in the same folder goes on with what was dropped"
experiment grid
cp -R "$straight" full
run sweep exp.yaml -o full
expect_exit 0
[ -e full/halving.csv ] && fail "halving.csv has stayed"
cmp -s full/index.csv "$grid/index.csv" || fail "index.csv differs from the grid's"

case_begin "an early stop ends a run, and it keeps its figure"
experiment
run sweep exp.yaml -o early -s 'train.early_stop={monitor: val_loss, patience: 1, min_delta: 10}'
expect_exit 0
[ "$(grep -c ',complete,0,2,' early/index.csv)" = 4 ] || fail "$(cat early/index.csv)"
[ "$(grep -c '^2,3,' early/halving.csv)" = 2 ] || fail "$(cat early/halving.csv)"

case_begin "a dry run shows the rungs and the saving"
experiment
run sweep exp.yaml --dry-run
expect_exit 0
expect_stdout "after epoch" "At most 28 epochs of the 72 that the full grid has: 61 % less"
run sweep exp.yaml --dry-run --json
expect_stdout '"part_of_grid": 0.388888889' '"rung": "end"'
[ -e sweeps ] && fail "something was written"

case_begin "what halving cannot do is refused with a remedy"
experiment
run sweep exp.yaml --dry-run -s sweep.metric.name=test_accuracy
expect_exit 2
run sweep exp.yaml --dry-run -s sweep.metric.name=best_val_accuracy
expect_exit 2
expect_stderr "is not known by then; take val_accuracy"
run sweep exp.yaml --dry-run -s sweep.min_epochs=9
expect_exit 2
expect_stderr "nothing can be dropped after 9 epochs"
run sweep exp.yaml --dry-run -s sweep.eta=1
expect_exit 2
run sweep exp.yaml --dry-run -s train.epochs=9,12
expect_exit 2
expect_stderr "9 and 12 epochs"
run sweep exp.yaml --dry-run -s 'train.stages=[{name: warm, epochs: 3, head: {type: softmax}}, {name: margin, epochs: 6}]'
expect_exit 2
expect_stderr "take at least 4"
run sweep exp.yaml --launcher slurm --dry-run
expect_exit 2
expect_stderr "--launcher local"
run sweep task "$straight" 0
expect_exit 2
expect_stderr "other runs decide"
sed -i '/validation:/d' exp.yaml
run sweep exp.yaml --dry-run
expect_exit 2
expect_stderr "needs data.validation"

cases_end

# sweep collect: the answer of small runs, held to figures worked out apart; the same bytes whatever came first; sweeps that are not whole.
# shellcheck shell=sh disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

base=$work/base
mkdir "$base"
gzip -dc "$digits" | head -n 401 >"$base/digits.csv"
digits=$base/digits.csv
cat >"$base/small.yaml" <<END
name: small
$(digits_data "fraction: 0.2" "fraction: 0.3")
model:
  backbone: [flatten: {}, dense: {units: 32, activation: relu}, dense: {units: 8}]
  normalize: true
head: {type: arcface, s: 8, m: 0.2}
train: {epochs: 5, batch_size: 32, optimizer: {type: adam, lr: 1e-2}}
output: {embeddings: []}
END
train_all() { # DIR ORDER: every run of the plan, in the order of `sort ORDER`
    sed 1d "$1/tasks.csv" | sort -t, -n "$2" | while IFS=, read -r _ _ s m seed run; do
        "$program" train "$1/sweep.yaml" -q -o "$1/runs" --set "head.s=$s" --set "head.m=$m" --set "seed=$seed" >path || exit 1
        [ "$(basename "$(cat path)")" = "$run" ] || exit 1
    done
}
(
    cd "$base" || exit 1
    for dir in forth back; do
        "$program" sweep plan small.yaml -o $dir -s head.s=8,16 -s head.m=0.3,0 -s seed=0..2 || exit 1
    done
    train_all forth -k1 && train_all back -k1r
) >"$work/base.out" 2>"$work/base.err" || bail_out "the runs of the sweep failed" "$work/base.err"
forth=$base/forth
files="results.csv results.json results.md effects.csv heatmap.svg"
run_of() { # S M SEED: the run folder's name
    awk -F, -v s="$1" -v m="$2" -v seed="$3" '$3 == s && $4 == m && $5 == seed { print $6 }' "$forth/tasks.csv"
}
figure() { # RUN KEY: of summary.json
    sed -n "s/^ *\"$2\": \([-0-9.e]*\),*\$/\1/p" "$forth/runs/$1/summary.json"
}
cell() { # FILE LABEL METRIC COLUMN
    awk -F, -v label="$2" -v metric="$3" -v column="$4" '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        $at["label"] == label && $at["metric"] == metric { print $at[column] }' "$1"
}
copy() { # to ./sweep
    rm -rf sweep
    cp -r "$forth" sweep
}

case_begin "files and stdout say the same"
copy
run sweep collect sweep
expect_exit 0
expect_stdout "Sweep small: 4 cells, 12 runs: complete" "Best cell: " "chosen from 4 cells by val_accuracy on the validation samples" \
    "On the test samples, which had no part in the choice: test_accuracy" "Effect of head.m at equal head.s" "Effect of head.s at equal head.m" \
    "paired by seed" "s=8 m=0 " "baseline"
expect_not_in stdout nan
run sweep collect sweep --csv
expect_same stdout sweep/results.csv
run sweep collect sweep --json
expect_same stdout sweep/results.json
run sweep collect sweep --markdown
expect_same stdout sweep/results.md
run sweep collect sweep --json --csv
expect_exit 2

case_begin "means, differences and effects agree with the runs' own files"
for s in 8 16; do
    for m in 0 0.3; do
        for seed in 0 1 2; do
            figure "$(run_of $s $m $seed)" test_accuracy
        done | awk -v q="$(awk 'BEGIN { printf "%.12g", sqrt(2 * 0.95 ^ 2 / (1 - 0.95 ^ 2)) }')" '
            { x[NR] = $1; mean += $1 / 3 }
            END { for (i = 1; i <= 3; i++) v += (x[i] - mean) ^ 2 / 2; printf "%.12g %.12g %.12g\n", mean, sqrt(v), mean - q * sqrt(v / 3) }' >want
        read -r mean sd low <want
        expect_near "s=$s m=$m mean" "$(cell "$work/1/sweep/results.csv" "s=$s m=$m" test_accuracy mean)" "$mean"
        expect_near "s=$s m=$m sd" "$(cell "$work/1/sweep/results.csv" "s=$s m=$m" test_accuracy sd)" "$sd"
        expect_near "s=$s m=$m low" "$(cell "$work/1/sweep/results.csv" "s=$s m=$m" test_accuracy low)" "$low"
    done
done
for seed in 0 1 2; do # the effect of m at equal s, with p of two degrees of freedom
    echo "$(figure "$(run_of 8 0 $seed)" test_loss) $(figure "$(run_of 8 0.3 $seed)" test_loss)" \
        "$(figure "$(run_of 16 0 $seed)" test_loss) $(figure "$(run_of 16 0.3 $seed)" test_loss)"
done | awk '{ d[NR] = ($2 - $1 + $4 - $3) / 2; mean += d[NR] / 3 }
    END { for (i = 1; i <= 3; i++) v += (d[i] - mean) ^ 2 / 2; t = mean / sqrt(v / 3); printf "%.12g %.12g\n", mean, 1 - (t < 0 ? -t : t) / sqrt(2 + t * t) }' >want
read -r mean p <want
awk -F, '$1 == "head.m" && $2 == "0.3" && $5 == "test_loss" { print $9, $14, $4, $7 }' "$work/1/sweep/effects.csv" >got
read -r got_mean got_p matched seeds <got
expect_near "effect of m" "$got_mean" "$mean"
expect_near "its p" "$got_p" "$p"
[ "$matched $seeds" = "2 3" ] || fail "matched cells and seeds are '$matched $seeds'"

case_begin "the same bytes, whatever ended first and wherever it stands"
for dir in forth back; do
    rm -rf $dir
    cp -r "$base/$dir" .
    run sweep collect $dir
    expect_exit 0
    cp stdout $dir/stdout
done
mkdir deep
mv back deep/back
run sweep collect deep/back
expect_same stdout forth/stdout
for file in $files; do
    expect_same forth/$file deep/back/$file
done
if command -v xmllint >/dev/null; then
    xmllint --noout forth/heatmap.svg 2>err || fail "heatmap.svg is no XML: $(cat err)"
fi
grep -q '<desc>Best cell: .*head.s 8, head.m 0: 0\.' forth/heatmap.svg || fail "heatmap.svg has no text alternative"

case_begin "cells that did not come through are named, and are no zeros"
copy
status() { # RUN STATE REASON
    sed -e "s/\"complete\"/\"$2\"/" -e "s/\"reason\": \"\"/\"reason\": \"$3\"/" "sweep/runs/$1/status.json" >status && mv status "sweep/runs/$1/status.json"
}
for seed in 0 1 2; do
    status "$(run_of 16 0.3 $seed)" diverged "the loss is not finite"
done
rm -r "sweep/runs/$(run_of 8 0.3 0)"
echo '{' >"sweep/runs/$(run_of 8 0.3 1)/summary.json"
status "$(run_of 16 0 2)" collapsed "all points lie on one line"
run sweep collect sweep
expect_exit 5 # the damaged one counts as failed
expect_stdout "6 complete" "3 diverged" "1 collapsed" "1 missing" "1 damaged" "Not finished: 2 of 12 runs have no result yet" \
    "Best cell: s=8 m=0, chosen from 1 cell" "s=16 m=0.3 (diverged)" "seed 2 ($(run_of 16 0 2)): collapsed: all points lie on one line" \
    "damaged: summary.json: cannot be read" "the loss is not finite"
expect_not_in stdout nan
grep -q '>diverged<' sweep/heatmap.svg || fail "heatmap.svg does not name the diverged cell"
[ "$(cell sweep/results.csv "s=16 m=0.3" val_accuracy mean)" = "" ] || fail "a diverged cell has a mean"
[ "$(cell sweep/results.csv "s=16 m=0.3" val_accuracy diverged)" = 3 ] || fail "the diverged runs are not counted"

case_begin "runs dropped by successive halving are so called"
copy
status "$(run_of 16 0.3 1)" interrupted "dropped after epoch 2"
run sweep collect sweep
expect_exit 0
expect_stdout "11 complete, 1 dropped" "1 run was stopped early by successive halving"
expect_not_in stdout "Not finished"
status "$(run_of 8 0.3 1)" interrupted "paused after epoch 2"
run sweep collect sweep
expect_stdout "10 complete, 1 dropped, 1 unfinished" "Not finished: 1 of 12"

case_begin "the answer is printed where its files cannot be written"
copy
run sweep collect sweep
cp stdout whole
rm sweep/results.csv
mkdir sweep/results.csv
run sweep collect sweep
expect_exit 1
expect_stderr "results.csv: cannot write"
expect_same stdout whole

case_begin "nothing has run yet, and one seed"
"$program" sweep plan "$base/small.yaml" -o sweep -s head.s=8,16 -s head.m=0.3,0 >plan.out 2>&1 || fail "planning failed"
run sweep collect sweep
expect_exit 0
expect_stdout "4 cells, 4 runs: missing" "No cell is best: no run has the figure val_accuracy"
[ -e sweep/heatmap.svg ] && fail "there is a map of nothing"
cp -r "$forth/runs" sweep
run sweep collect sweep
expect_exit 0
expect_stdout "one seed, so no interval can be given" "One seed each: no interval can be given, and no difference told from luck" \
    "one seed: no interval can be given"
expect_not_in stdout "±"

case_begin "CSV and JSON are read back by another program"
copy
run sweep collect sweep
if command -v python3 >/dev/null; then
    python3 - sweep >wrong <<'END' || fail "python3 failed"
import csv, json, sys
rows = list(csv.DictReader(open(sys.argv[1] + "/results.csv", newline="")))
page = json.load(open(sys.argv[1] + "/results.json"))
assert len(rows) == sum(len(c["metrics"]) for c in page["cells"]) and None not in rows[0]
for c in page["cells"]:
    assert len(c["runs"]) == 3 and [r["seed"] for r in c["runs"]] == [0, 1, 2]
    for m in c["metrics"]:
        row = next(r for r in rows if int(r["cell"]) == c["cell"] and r["metric"] == m["metric"])
        for key in "mean", "sd", "low", "high":
            if (row[key] == "") != (m[key] is None) or (row[key] and abs(float(row[key]) - m[key]) > 1e-8 * abs(m[key])):
                print(c["label"], m["metric"], key, row[key], m[key])
    for r in c["runs"]:
        summary = json.load(open(sys.argv[1] + "/runs/" + r["run"] + "/summary.json"))
        for key, value in r["figures"].items():
            if key in summary and summary[key] != value:
                print(r["run"], key, value)
for name in "from_best", "from_baseline":
    for d in page[name]:
        row = next(r for r in rows if int(r["cell"]) == d["cell"] and r["metric"] == d["metric"])
        if row[name[5:] + "_says"] != d["says"] or int(row[name[5:] + "_pairs"]) != d["pairs"]:
            print(name, d)
END
    expect_empty wrong
else
    skip "python3 is not there"
fi

case_begin "a run that cannot be read is no success, although it says that it is complete"
copy
of=sweep/runs/$(run_of 8 0.3 1)
cp "$of/config.yaml" config
echo 'name: [' >"$of/config.yaml"
run sweep collect sweep
expect_exit 5
expect_stdout "1 damaged" "Not finished: 1 of 12 runs have no result yet"
expect_stderr "1 run cannot be read, and the answer is without it"
cp config "$of/config.yaml"
run sweep collect sweep
expect_exit 0

case_begin "another run under a task's name is damage"
cp -r "$forth" sweep
first=$(sed -n 2p sweep/tasks.csv | sed 's/.*,//') last=$(tail -n 1 sweep/tasks.csv | sed 's/.*,//')
rm -r "sweep/runs/$last"
cp -r "sweep/runs/$first" "sweep/runs/$last"
run sweep collect sweep
expect_exit 5
expect_stdout "damaged" "the folder holds another run than the one it is named after"

case_begin "no sweep folder, and compare on one"
run sweep collect "$forth/runs"
expect_exit 3
run sweep collect nowhere
expect_exit 3
run compare "$forth" --metric test_accuracy --csv
expect_exit 0
cp stdout out.csv
run compare "$forth/runs" --metric test_accuracy --csv
expect_same stdout out.csv
cases_end

# compare: groups, means and differences of small runs, held to figures worked out apart; whatever a folder may hold.
# shellcheck shell=sh disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

base=$work/base
mkdir "$base"
gzip -dc "$digits" | head -n 601 >"$base/digits.csv"
digits=$base/digits.csv
cat >"$base/softmax.yaml" <<END
name: plain
$(digits_data "fraction: 0.1" "fraction: 0.3")
model:
  backbone: [flatten: {}, dense: {units: 24, activation: relu}, dense: {units: 3}]
  normalize: true
head: softmax
train: {epochs: 6, batch_size: 32, optimizer: {type: adam, lr: 1e-2}}
output: {embeddings: []}
END
sed -e 's/name: plain/name: margin/' -e 's/head: softmax/head: {type: arcface, s: 8, m: 0.2}/' "$base/softmax.yaml" >"$base/arcface.yaml"
(
    cd "$base" || exit 1
    for seed in 0 1 2; do
        for head in softmax arcface; do
            "$program" train $head.yaml -q --set seed=$seed >>list.txt || exit 1
        done
    done
    "$program" train arcface.yaml -q -o more --set head.m=0.4 >margin4.txt
) 2>"$work/base.err" || bail_out "the runs to compare failed" "$work/base.err"
runs=$base/runs
run_of() { # CONFIG SEED: the folder
    sed -n "$((2 * $2 + $([ "$1" = softmax ] && echo 1 || echo 2)))p" "$base/list.txt" | sed "s#^#$base/#"
}
figure() { # RUN KEY: of summary.json
    sed -n "s/^ *\"$2\": \([-0-9.e]*\),*\$/\1/p" "$1/summary.json"
}
cell() { # FILE GROUP METRIC COLUMN: of a CSV without quoted fields before the column
    awk -F, -v group="$2" -v metric="$3" -v column="$4" '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        $at["group"] == group && $at["metric"] == metric { print $at[column] }' "$1"
}

case_begin "means, differences and p agree with the runs' own files"
run compare "$runs" --csv --baseline plain
expect_exit 0
expect_empty stderr
for metric in test_accuracy test_knn_accuracy test_loss test_angle_within; do
    for seed in 0 1 2; do
        echo "$(figure "$(run_of softmax $seed)" $metric) $(figure "$(run_of arcface $seed)" $metric)"
    done >pairs
    # With two degrees of freedom t(0.05) and p have closed forms.
    awk '{ a[NR] = $1; b[NR] = $2; ma += $1 / 3; mb += $2 / 3 }
        END {
            q = sqrt(2 * 0.95 ^ 2 / (1 - 0.95 ^ 2))
            for (i = 1; i <= 3; i++) { va += (a[i] - ma) ^ 2 / 2; vd += (b[i] - a[i] - mb + ma) ^ 2 / 2 }
            t = (mb - ma) / sqrt(vd / 3)
            printf "%.12g %.12g %.12g %.12g %.12g %.12g %.12g\n", ma, sqrt(va), ma - q * sqrt(va / 3), mb - ma,
                mb - ma - q * sqrt(vd / 3), mb - ma + q * sqrt(vd / 3), 1 - (t < 0 ? -t : t) / sqrt(2 + t * t)
        }' pairs >want
    read -r mean sd low difference dlow dhigh p <want
    expect_near "$metric mean" "$(cell stdout plain $metric mean)" "$mean"
    expect_near "$metric sd" "$(cell stdout plain $metric sd)" "$sd"
    expect_near "$metric low" "$(cell stdout plain $metric low)" "$low"
    expect_near "$metric difference" "$(cell stdout margin $metric difference)" "$difference"
    expect_near "$metric difference_low" "$(cell stdout margin $metric difference_low)" "$dlow"
    expect_near "$metric difference_high" "$(cell stdout margin $metric difference_high)" "$dhigh"
    expect_near "$metric p" "$(cell stdout margin $metric p)" "$p"
    expect_near "$metric p_holm" "$(cell stdout margin $metric p_holm)" "$p"
done

case_begin "the text names groups, settings and what differs"
run compare "$runs"
expect_exit 0
expect_stdout "head.type" "arcface" "3      complete" " ± " "paired by seed" "test_angle_within" "best_epoch"
expect_not_in stdout nan
run compare "$runs" --metric test_accuracy,test_loss --markdown
expect_exit 0
expect_stdout '| group | test\_accuracy | test\_loss |' '| --- | ---: | ---: |'
run compare "$runs" -o table.txt
expect_exit 0
expect_empty stdout
run compare "$runs"
expect_same stdout table.txt

case_begin "one seed: the interval is over samples, and called so"
softmax=$(run_of softmax 0) arcface=$(run_of arcface 0)
run compare "$softmax" "$arcface" --metric test_accuracy
expect_exit 0
expect_stdout "no interval over seeds can be given" "one seed: no interval can be given" \
    "what other samples would say of these trained models, not what other seeds would" "samples"
run compare "$softmax" "$arcface" --metric test_accuracy,test_knn_accuracy --csv
for way in test_accuracy:pred test_knn_accuracy:knn_pred; do
    metric=${way%:*}
    for folder in "$softmax" "$arcface"; do
        awk -F, -v name="${way#*:}" 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next } { print ($at["label"] == $at[name]) }' \
            "$folder/eval/test/predictions.csv" >"right.$(basename "$folder")"
    done
    paste "right.$(basename "$softmax")" "right.$(basename "$arcface")" | awk '
        $1 && !$2 { b++ }
        !$1 && $2 { c++ }
        END {
            n = b + c; k = b < c ? b : c; term = 0.5 ^ n
            for (i = 0; i <= k; i++) { p += 2 * term; term *= (n - i) / (i + 1) }
            printf "%d %d %d %.12g %.12g\n", b, c, NR, (c - b) / NR, (p > 1 ? 1 : p)
        }' >want
    read -r first second n difference p <want
    expect_near "$metric only_baseline_right" "$(cell stdout margin "$metric" only_baseline_right)" "$first"
    expect_near "$metric only_group_right" "$(cell stdout margin "$metric" only_group_right)" "$second"
    expect_near "$metric paired_samples" "$(cell stdout margin "$metric" paired_samples)" "$n"
    expect_near "$metric samples_difference" "$(cell stdout margin "$metric" samples_difference)" "$difference"
    expect_near "$metric samples_p" "$(cell stdout margin "$metric" samples_p)" "$p"
done

case_begin "by a key: the rest is averaged within a seed"
margin4=$base/$(cat "$base/margin4.txt")
run compare "$runs" "$margin4" --by head.type --csv --metric test_accuracy
expect_exit 0
expect_stderr "within a seed the mean is taken over runs that also differ in head.s, head.m"
expect_near "mean" "$(cell stdout margin test_accuracy mean)" "$(for seed in 0 1 2; do figure "$(run_of arcface $seed)" test_accuracy; done |
    awk -v more="$(figure "$margin4" test_accuracy)" 'NR == 1 { $1 = ($1 + more) / 2 } { sum += $1 } END { printf "%.12g", sum / 3 }')"

case_begin "JSON and CSV are read back by another program"
if command -v python3 >/dev/null; then
    for what in "$runs" "$softmax $arcface"; do
        # shellcheck disable=SC2086 # one or two folders
        run compare $what --csv
        cp stdout out.csv
        # shellcheck disable=SC2086
        run compare $what --json
        python3 - out.csv stdout >wrong <<'END' || fail "python3 failed"
import csv, json, sys
rows = list(csv.DictReader(open(sys.argv[1], newline="")))
page = json.load(open(sys.argv[2]))
assert len(rows) == sum(len(g["metrics"]) for g in page["groups"]) and None not in rows[0]
for g in page["groups"]:
    for m in g["metrics"]:
        row = next(r for r in rows if r["group"] == g["label"] and r["metric"] == m["metric"])
        for key in "mean", "sd", "low", "high", "samples_low":
            a, b = row[key], m[key]
            if (a == "") != (b is None) or (a and abs(float(a) - b) > 1e-8 * abs(b)):
                print(g["label"], m["metric"], key, a, b)
    for r in g["runs"]:
        summary = json.load(open(r["path"] + "/summary.json"))
        for key, value in r["figures"].items():
            if summary[key] != value:
                print(r["path"], key, value)
for d in page["differences"]:
    row = next(r for r in rows if r["group"] == d["group"] and r["metric"] == d["metric"])
    if row["says"] != d["says"] or int(row["pairs"]) != d["pairs"]:
        print(d)
END
        expect_empty wrong
    done
else
    skip "python3 is not there"
fi

case_begin "runs that did not end are named, and are no zeros"
cp -r "$runs" runs
broken=runs/$(basename "$(run_of arcface 1)")
sed -e 's/"complete"/"diverged"/' -e 's/"reason": ""/"reason": "the loss is not finite"/' "$broken/status.json" >status && mv status "$broken/status.json"
run compare runs --baseline plain --metric test_accuracy
expect_exit 0
expect_stdout "2 complete, 1 diverged" "3 (2 of 3 runs)" "(2 of 3)" "(seed 1): diverged after 6 of 6 epochs: the loss is not finite"
run compare runs --baseline plain --metric test_accuracy --csv
sed 's/"2 complete, 1 diverged"/mixed/' stdout >mixed.csv
expect_near "seeds" "$(cell mixed.csv margin test_accuracy seeds)" 2
expect_near "missing" "$(cell mixed.csv margin test_accuracy missing)" 1
expect_near "pairs" "$(cell mixed.csv margin test_accuracy pairs)" 2
sed 's/"complete"/"collapsed"/' "$(run_of softmax 0)/status.json" >"runs/$(basename "$(run_of softmax 0)")/status.json"
run compare runs --metric test_accuracy
expect_stdout "2 complete, 1 collapsed" "its figures are in the means"

case_begin "a figure beyond all numbers is damage, and goes into no mean"
cp -r "$runs" runs
broken=runs/$(basename "$(run_of arcface 1)")
sed -i 's/\("test_accuracy": \)[0-9.]*/\11e400/' "$broken/summary.json"
expect_in "$broken/summary.json" '"test_accuracy": 1e400'
run compare runs --metric test_accuracy
expect_exit 3
expect_empty stdout
expect_stderr "$broken/summary.json: cannot be read" "a number is too large"

case_begin "other test data is refused, or marked"
"$program" train "$base/softmax.yaml" -q -o other --set data.split_seed=1 >path 2>err || fail "training failed"
run compare "$softmax" "$(cat path)"
expect_exit 3
expect_empty stdout
expect_stderr "was judged on other test samples than" "--force"
run compare "$softmax" "$(cat path)" --force
expect_exit 0
expect_stdout "complete; other data" "judged on other samples" "not all trained on the same samples"
expect_not_in stdout "McNemar"

case_begin "a run is counted once however it is given"
run compare "$softmax" "$softmax/" "$base/runs/../runs/$(basename "$softmax")" --metric test_accuracy
expect_exit 0
expect_stdout "One group of runs" "was given before and is counted once"

case_begin "the folder of a sweep stands for its runs"
mkdir grid
cp -r "$runs" grid/runs
cp -r "$base/more" grid/beside # no run of the sweep
run compare grid --metric test_accuracy
expect_exit 3
echo "index,cell,seed,run" >grid/tasks.csv
run compare grid --metric test_accuracy --csv
expect_exit 0
cp stdout grid.csv
run compare grid/runs --metric test_accuracy --csv
expect_same stdout grid.csv

case_begin "groups of a folder stand by their values, not by the hashes in the folders' names"
mkdir x
for at in a:16 b:4 c:64 d:9.5; do
    cp -r "$arcface" "x/${at%:*}"
    sed -i "s/^  s: 8\$/  s: ${at#*:}/" "x/${at%:*}/config.yaml"
    sed -i '/"run_id"/d' "x/${at%:*}/status.json"
done
run compare x --metric test_accuracy --csv
expect_exit 0
awk -F, 'NR > 1 { print $1 }' stdout | uniq | tr '\n' ' ' >got
echo "s=4 s=9.5 s=16 s=64 " | tr -d '\n' >want
expect_same got want
run compare x/a x/b --metric test_accuracy --csv
awk -F, 'NR > 1 { print $1 }' stdout | uniq | tr '\n' ' ' >got
echo "s=16 s=4 " | tr -d '\n' >want
expect_same got want

case_begin "runs whose validation samples are the test samples are marked"
sed 's#^  validation: .*#  validation: {format: csv, file: '"$base"'/digits.csv, shape: [8, 8]}#; s#^  test: .*#  test: {format: csv, file: '"$base"'/digits.csv, shape: [8, 8]}\n  allow_test_as_validation: true#' \
    "$base/softmax.yaml" >same.yaml
for seed in 0 1; do
    "$program" train same.yaml -q -o same --set seed=$seed >path 2>err || fail "training failed: $(cat err)"
done
run compare same
expect_exit 0
expect_stdout "complete; validation is test" "plain [validation = test]" "the validation samples are the test samples"
run compare same --csv
expect_stdout ",complete; validation is test,"

case_begin "wrong words"
run compare
expect_exit 2
run compare "$runs" --csv --json
expect_exit 2
run compare "$runs" --markdown --json
expect_exit 2
run compare "$runs" --metric test_acuracy
expect_exit 2
expect_stderr "did you mean 'test_accuracy'?"
run compare "$runs" --metric ,
expect_exit 2
run compare "$runs" --by head.typ
expect_exit 2
expect_stderr "did you mean 'head.type'?"
run compare "$runs" --baseline nobody
expect_exit 2
expect_stderr "there are 'margin', 'plain'"

case_begin "folders that hold no runs, and damaged ones"
mkdir empty
: >file
for path in nowhere empty file; do
    run compare "$path"
    expect_exit 3
    expect_stderr "$path"
done
for damage in '' '{' '[]' '{"test_accuracy": "high"}x' '{"test_accuracy": 1e999999x}'; do
    cp -r "$softmax" damaged
    echo "$damage" >damaged/summary.json
    run compare damaged "$arcface"
    expect_exit 3
    expect_stderr "damaged/summary.json: cannot be read: byte" "train the run again"
    rm -r damaged
done
for file in summary.json data.json; do
    cp -r "$softmax" damaged
    rm "damaged/$file"
    run compare damaged
    expect_exit 3
    expect_stderr "damaged/$file"
    rm -r damaged
done
cp -r "$softmax" damaged
for text in 'seed: [' 'seed: 1' 'x: 1' ''; do
    echo "$text" >damaged/config.yaml
    run compare damaged
    expect_exit 3
    expect_stderr "damaged/config.yaml" "it was damaged, or changed by hand: train the run again"
done
cp "$softmax/config.yaml" damaged
echo '{"splits": {"train": {}, "train": {}}}' >damaged/data.json
run compare damaged
expect_exit 3
expect_stderr "damaged/data.json: cannot be read"
cp "$softmax/data.json" damaged
head -n 20 "$softmax/eval/test/predictions.csv" >damaged/eval/test/predictions.csv
run compare damaged "$arcface"
expect_exit 3
expect_stderr "does not hold the same samples"
for column in 1 2; do # another sample, another label
    awk -F, -v OFS=, -v column=$column 'NR == 2 { $column = $column + 1 } 1' "$softmax/eval/test/predictions.csv" >damaged/eval/test/predictions.csv
    run compare damaged "$arcface"
    expect_exit 3
    expect_stderr "does not hold the same samples"
done
printf 'index,label,pred\n0,one,1\n' >damaged/eval/test/predictions.csv
run compare damaged "$arcface"
expect_exit 3
expect_stderr "damaged/eval/test/predictions.csv:2: has no index and label here"
rm damaged/eval/test/predictions.csv
run compare damaged "$arcface" --metric test_accuracy
expect_exit 0
expect_not_in stdout "McNemar"
rm damaged/summary.json
mkfifo damaged/summary.json
run compare damaged
expect_exit 3

case_begin "names are anybody's"
cp -r "$softmax" "=1+1, \"a\""
sed 's/^name: .*/name: "=1+1, \\"a\\"\\nb\\e[2J|<i>"/' "$softmax/config.yaml" >"=1+1, \"a\"/config.yaml"
run compare "=1+1, \"a\"" "$arcface" --metric test_accuracy --csv
expect_exit 0
expect_stdout '"=1+1, ""a""'
cp stdout out.csv
run compare "=1+1, \"a\"" "$arcface" --metric test_accuracy --json
if command -v python3 >/dev/null; then
    python3 - out.csv stdout <<'END' || fail "the name does not come back"
import csv, json, sys
name = '=1+1, "a"\nb\x1b[2J|<i>'
assert next(csv.DictReader(open(sys.argv[1], newline="")))["group"] == name
assert json.load(open(sys.argv[2]))["groups"][0]["label"] == name
END
fi
run compare "=1+1, \"a\"" "$arcface" --metric test_accuracy
expect_not_in stdout "$(printf '\033')"
run compare "=1+1, \"a\"" "$arcface" --metric test_accuracy --markdown
expect_not_in stdout '<i>'
cases_end

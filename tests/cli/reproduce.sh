# reproduce: experiments beside a file of claims are trained seed by seed, and judged.
# shellcheck shell=sh disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

setting() {
    mkdir -p set/x
    cat >set/x/base.yaml <<END
$(digits_data "" "fraction: 0.3")
model: {backbone: [flatten, {dense: {units: 16, activation: relu}}, {dense: {units: 4}}]}
train: {epochs: 3, batch_size: 64, optimizer: {type: adam, lr: 1e-2}}
END
    printf 'name: plain\nextends: base.yaml\nhead: softmax\n' >set/x/plain.yaml
    printf 'name: margin\nextends: base.yaml\nhead: {type: arcface, s: 16, m: 0.2}\ntrain: {epochs: null, stages: [{epochs: 1, head: softmax}, {epochs: 2}]}\n' >set/x/margin.yaml
    cat >set/claims.yaml <<END
experiments: [{run: x/plain, epochs: 2}, {run: x/margin}]
claims:
  - {id: learns, run: x/plain, figure: test_accuracy, rule: at_least, reported: 0.3, claim: "Plain learns."}
  - {id: perfect, run: x/plain, figure: "train_accuracy@2", rule: at_least, reported: 1, claim: "Plain is, in | two epochs, perfect."}
  - {id: tighter, run: x/margin, against: x/plain, figure: test_angle_within, rule: less, claim: "A margin tightens."}
  - {id: ends, run: x/margin, rule: state, state: complete, claim: "It ends."}
END
}

case_begin "every claim gets a verdict"
setting
run reproduce x --claims set/claims.yaml -o out --seeds 3
expect_exit 0
expect_stdout learns holds perfect fails ends
[ "$(find out -name status.json | wc -l)" -eq 6 ] || fail "not six runs"
[ "$(head -n 1 out/x.csv)" = id,claim,reported,measured,tolerance,verdict,note,mean,low,high,seeds ] || fail "$(head -n 1 out/x.csv)"
[ "$(wc -l <out/x.csv)" -eq 5 ] || fail "not four claims"
expect_in out/x.md "### x" "Plain learns."
[ "$(cat out/x/plain-2/seed0/plain-*/metrics.csv | wc -l)" -eq 3 ] || fail "epochs were not taken from the claims"

case_begin "tables beside the verdicts: logs, classes, confusion, changed settings"
setting
cat >>set/claims.yaml <<END
published: printed.yaml
tables:
  - {notebook: x, title: "Ends", show: figures, figures: [train_loss@last, nothing@last]}
  - {notebook: x, title: "Log", show: log}
  - {notebook: x, title: "Classes", show: classes}
  - {notebook: x, title: "Confusion", show: confusion}
END
cat >set/printed.yaml <<END
epochs: [{run: x/plain, line: 12, epoch: 1, train_loss: 1.25, val_accuracy: 0.5}, {run: x/plain, line: 14, epoch: 9, train_loss: 1}]
classes: [{run: x/plain, line: 20, class: One, precision: 0.25, recall: 0.5, f1: 0.33, support: 7}]
END
cat >>set/x/base.yaml <<END
output: {embeddings: []}
END
sed -i 's/^  max: 16/  max: 16\n  validation: {from: train, last: 100}/' set/x/base.yaml
run reproduce x --claims set/claims.yaml -o out --seeds 2 --set train.batch_size=32 --markdown
expect_exit 0
expect_stdout "#### The runs" "#### Ends" "train\\_loss@last |" "#### Log" "train\\_loss, printed | train\\_loss |" "| 1 | 12 | 1.2500 | " \
    "| 9 | 14 | 1.0000 |  |" "x/plain | printed, line 20 | One | 0.25 | 0.50 | 0.33 | 7 |" "x/plain | here, 2 seeds | 0 | " \
    "x/margin | here, 2 seeds | weighted avg | " "x/plain, summed over 2 seeds:" "| true, and taken for | 0 | 1 | 2 |" \
    "- x/plain, from seed 0 on, was trained with train.epochs=2, train.batch\\_size=32, which its file does not say."
expect_not_in stdout "nothing@last"
expect_not_in stdout "test set"
expect_in out/x.md "#### Confusion"
# The matrix is the sum of the runs' own.
want=$(cat out/x/plain-2/seed*/plain-*/eval/test/confusion_matrix.csv | awk -F, '$1 == "3" && NF == 11 { n += $5 } END { print n }')
got=$(sed -n '/x.plain, summed/,/^| 4 /p' out/x.md | awk -F ' *[|] *' '$2 == "3" { print $6 }')
[ "$want" = "$got" ] || fail "3 taken for 3: $got, the runs have $want"

case_begin "validation on the test set is marked wherever it shows"
setting
cat >>set/claims.yaml <<END
  - {id: peeks, run: x/plain, figure: "val_loss@last", rule: at_most, reported: 9, claim: "It ends low."}
tables: [{notebook: x, title: "Ends", show: figures, figures: [val_loss@last]}]
END
cat >set/x/base.yaml <<END
data:
  train: {format: csv, file: $digits, label: last, header: no, shape: [8, 8]}
  test: &test {format: csv, file: $digits, label: last, header: no, shape: [8, 8]}
  validation: *test
  allow_test_as_validation: true
  max: 16
model: {backbone: [flatten, {dense: {units: 4}}]}
train: {epochs: 2, batch_size: 64}
END
run reproduce x --claims set/claims.yaml -o out --seeds 1
expect_exit 0
expect_stdout "(test set)" "validated on the test set" "Validation is on the test images here"
[ "$(grep -c "(test set)" stdout)" -eq 4 ] || fail "not marked in both rows of both tables"

case_begin "several notebooks are one CSV, and one JSON"
setting
mkdir set/y
cp set/x/base.yaml set/x/plain.yaml set/y
cat >set/claims.yaml <<END
experiments: [{run: x/plain}, {run: y/plain}]
claims:
  - {id: a, run: x/plain, rule: state, state: complete, claim: "It ends."}
  - {id: b, run: y/plain, rule: state, state: complete, claim: "It ends."}
END
run reproduce all --claims set/claims.yaml -o out --seeds 1 --no-train --csv
expect_exit 0
[ "$(wc -l <stdout)" -eq 3 ] || fail "not one header and two claims: $(cat stdout)"
run reproduce all --claims set/claims.yaml -o out --seeds 1 --no-train --json
[ "$(grep -c '^\[' stdout)" -eq 1 ] || fail "not one array: $(cat stdout)"

case_begin "what is there is not trained again, and can be judged alone"
setting
run reproduce all --claims set/claims.yaml -o out --seeds 2
expect_exit 0
cp out/x.csv first.csv
find out -name last.safetensors -exec ls -li --time-style=full-iso {} + >before
run reproduce x --claims set/claims.yaml -o out --seeds 2
expect_exit 0
expect_stderr "already complete"
find out -name last.safetensors -exec ls -li --time-style=full-iso {} + >after
expect_same before after
run reproduce x --claims set/claims.yaml -o out --seeds 3 --no-train --json
expect_exit 0
expect_stdout '"id": "learns"'
expect_not_in stderr "already complete"
run reproduce x --claims set/claims.yaml -o nothing --no-train
expect_exit 0
expect_stdout "not run"

case_begin "fewer epochs, by stage too"
setting
run reproduce x --claims set/claims.yaml -o out --seeds 1 --epochs 2
expect_exit 0
expect_stdout "1 seed"
[ "$(cut -d , -f 2 out/x/margin-2/seed0/margin-*/metrics.csv | tr '\n' ' ')" = "stage stage1 stage2 " ] || fail "stages"

case_begin "a diverged run is a result"
setting
run reproduce x --claims set/claims.yaml -o out --seeds 1 --set train.optimizer.lr=1e6 --set train.optimizer.type=sgd
expect_exit 0
expect_stdout diverged

case_begin "what is wrong is said"
setting
run reproduce y --claims set/claims.yaml
expect_exit 2
expect_stderr "'y' is no notebook"
run reproduce x --claims nothing.yaml
expect_exit 3
run reproduce x --claims set/claims.yaml --data nowhere
expect_exit 3
rm set/x/margin.yaml
run reproduce x --claims set/claims.yaml -o out --seeds 1
expect_exit 3
expect_stderr margin.yaml
cases_end

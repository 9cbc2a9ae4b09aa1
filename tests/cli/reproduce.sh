# reproduce: experiments beside a file of claims are trained seed by seed, and judged.
# shellcheck shell=sh disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

setting() {
    mkdir -p set/x
    cat >set/x/base.yaml <<END
data:
  train: {format: csv, file: $root/datasets/digits/digits.csv.gz, label: last, header: no, shape: [8, 8]}
  test: {from: train, fraction: 0.3}
  max: 16
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

# What is known before training and seen while it goes on: the figures of `check`, warnings, `auto`, and a run that
# collapses.
# shellcheck shell=sh disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

cat >"$work/exp.yaml" <<END
name: exp
$(digits_data "fraction: 0.2" "last: 300")
model: {backbone: [flatten, dense: {units: 32, activation: relu}, dense: {units: 16}]}
head: {type: arcface, s: 6, m: 2, pi_rule: none, grad: exact}
train: {epochs: 8, batch_size: 16, optimizer: {type: adam, lr: 4e-3}}
END

case_begin "check prints the figures, and warns on stderr"
run check "$work/exp.yaml"
expect_exit 0
expect_stdout "Feasibility of 10 classes in 16 dimensions" "96.38 degrees, 1.6821 rad (exact)" "THE MARGIN CANNOT BE MET" \
    "loss at the best arrangement               4.045" "loss of the collapsed state                0.001835" \
    "AdaCos 3.11; CosFace's bound 3.96 for P = 0.9, 8.19 for P = 0.999"
expect_stderr "warning: the margin cannot be met: 10 classes in 16 dimensions stand at most 96.4 degrees" \
    "warning: collapse pays: "
run check "$work/exp.yaml" --set head.m=0.5 --set head.s=30
expect_exit 0
expect_stdout "the margin can be met"
expect_not_in stderr warning
run check "$work/exp.yaml" --set head.m=0.5 --set head.s=30 --set head.pi_rule=psi
expect_stdout "a local minimum, all class weights alike   loss near 4.08, embeddings 166 degrees from them"
expect_not_in stderr warning
run check "$work/exp.yaml" --set head.m=0.5 --set head.s=30 --set head.pi_rule=psi --json
expect_stdout '"trap_degrees": 165.676' '"loss_trapped": 4.07'
run check "$work/exp.yaml" --set head.m=0.5 --set head.s=30 --set head.pi_rule=psi --set head.grad=detached
expect_not_in stdout "local minimum"
for head in softmax sphereface modified_softmax center cosface combined curricularface; do
    run check "$work/exp.yaml" --set "head={type: $head}"
    expect_exit 0
    expect_stdout "largest angle that all can stand apart     96.38 degrees"
    expect_not_in stdout nan
    expect_not_in stderr warning
done

case_begin "check --json"
run check "$work/exp.yaml" --json
expect_exit 0
expect_stdout '"feasibility": [{"stage": "train", "head": "arcface", "classes": 10, "dim": 16, "angle_degrees": 96.37937' '"loss_floor": 4.04' '"warnings": ["the margin'
if command -v python3 >/dev/null; then
    python3 -m json.tool stdout >/dev/null 2>errors || fail "$(cat errors)"
fi

case_begin "each stage has its own figures"
set -- 'train.stages=[{name: warm-up, epochs: 1, head: softmax}, {name: margin, epochs: 1}, {name: more, epochs: 1, batch_size: 32}, {name: "low \"m\"", epochs: 1, head: {type: arcface, s: 30, m: 0.3}}]'
run check "$work/exp.yaml" --set train.epochs=4 --set "$1"
expect_exit 0
expect_stdout "warm-up (softmax): Feasibility of 10 classes in 16 dimensions" "margin (arcface): Feasibility of 10" \
    "more (arcface): as in margin" 'low "m" (arcface): Feasibility of 10 classes'
expect_stderr "warning: margin: collapse pays"
expect_not_in stderr "warning: more" 'warning: low "m"'
run train "$work/exp.yaml" --set train.epochs=4 --set "$1" -q
expect_exit 0
folder=$(cat stdout)
expect_in "$folder/feasibility.json" '[{"stage": "warm-up", "head": "softmax", "classes": 10,' \
    '{"stage": "margin", "head": "arcface", "classes": 10,' '{"stage": "more",' '{"stage": "low \"m\"", "head": "arcface"' \
    '"s": 6,' '"s": 30,'
if command -v python3 >/dev/null; then
    python3 -m json.tool "$folder/feasibility.json" >/dev/null 2>errors || fail "$(cat errors)"
fi
run check "$work/exp.yaml" --set train.epochs=2 --set 'train.stages=[{name: a, epochs: 1}, {name: a, epochs: 1}]'
expect_exit 2
expect_stderr "train.stages[1].name: stage 2 is called 'a', and so is stage 1; give each a name of its own"
run check "$work/exp.yaml" --set train.epochs=1 --set 'train.stages=[{name: "", epochs: 1}]'
expect_exit 2
expect_stderr "train.stages[0].name: is empty"

case_begin "auto becomes numbers, which make the same run"
run show "$work/exp.yaml" --set head.s=auto
expect_stdout "s: auto"
run show "$work/exp.yaml" --set head.s=auto --json
expect_stdout '"s": "auto"'
run train "$work/exp.yaml" --set head.s=auto --set head.margin=auto --set head.pi_rule=psi --set train.epochs=1 -q
expect_exit 0
expect_empty stderr
folder=$(cat stdout)
expect_in "$folder/config.yaml" "s: 11.8" "m: 0.841"
expect_in "$folder/feasibility.json" '"s": 11.8,' '"warnings": []'
run train "$work/exp.yaml" --set head.s=11.8 --set head.m=0.841 --set head.pi_rule=psi --set train.epochs=1
expect_exit 0
expect_stderr "already complete"
expect_stdout "$folder"
run train "$folder"
expect_exit 0
expect_stderr "already complete"
run train "$work/exp.yaml" --set train.epochs=2 -q \
    --set 'train.stages=[{epochs: 1, head: {type: arcface, s: auto, m: auto}}, {epochs: 1, head: {type: cosface, s: 9, m: auto}}]'
expect_exit 0
folder=$(cat stdout)
expect_in "$folder/config.yaml" "s: 11.8" "m: 0.841" "m: 0.608"
expect_not_in "$folder/config.yaml" "s: auto" "m: auto"
expect_in "$folder/feasibility.json" '"s": 11.8,' '"s": 9,'
run train "$folder"
expect_exit 0
expect_stderr "already complete"
run train "$work/exp.yaml" --set head.m=car
expect_exit 2
expect_stderr "expected a number in [0, pi] rad or auto, got 'car'"
run train "$work/exp.yaml" --set train.clip_norm=auto
expect_exit 2

case_begin "a run that collapses is finished, and called collapsed"
run train "$work/exp.yaml" -o bad
expect_exit 0
expect_stderr "warning: collapse pays" "training has collapsed: accuracy is" "THE RUN HAS COLLAPSED" \
    "feasibility: 10 classes in 16 dimensions stand at most 96.4 degrees apart; loss at least 4.05, collapsed 0.00184"
expect_in bad/exp-*/status.json '"state": "collapsed"' '"reason": "accuracy is 1.000 with the label fed in' '"exit_code": 0'
expect_in bad/exp-*/summary.json '"collapsed": true' '"test_accuracy": '
expect_in bad/exp-*/log.txt "training has collapsed"
expect_file bad/exp-*/manifest.json
run train "$work/exp.yaml" -o bad -q
expect_exit 0
expect_stderr "THE RUN HAS COLLAPSED"
run train "$work/exp.yaml" -o bad --strict
expect_exit 4
expect_stderr "already complete" "error: THE RUN HAS COLLAPSED"
run train "$work/exp.yaml" -o strict --strict -q
expect_exit 4
expect_in strict/exp-*/status.json '"state": "collapsed"' '"exit_code": 4'
(cd bad && cksum exp-*/metrics.csv exp-*/summary.json exp-*/checkpoints/last.safetensors) >lax
(cd strict && cksum exp-*/metrics.csv exp-*/summary.json exp-*/checkpoints/last.safetensors) >strictly
expect_same lax strictly

case_begin "a run that does not"
run train "$work/exp.yaml" -o good --set head.pi_rule=psi --set head.grad=detached --strict
expect_exit 0
expect_in good/exp-*/status.json '"state": "complete"' '"reason": ""'
expect_in good/exp-*/summary.json '"collapsed": false'
expect_not_in stderr COLLAPSED
head -n 1 good/exp-*/metrics.csv >header
expect_in header ",mean_weight_cos,embedding_rank"
cases_end

# Wrong experiment files: each has its exit code and says where the mistake is and what would be right.
# shellcheck shell=sh disable=SC1091,SC2015,SC2034,SC2154
. "$(dirname "$0")/lib.sh"

# A small experiment that works, written to exp.yaml; the cases spoil it.
experiment() {
    cp "$digits" .
    cat >exp.yaml <<END
name: tiny
data:
  train: {format: csv, file: digits.csv.gz, label: last, header: no, shape: [8, 8]}
  validation: {from: train, fraction: 0.1}
  test: {from: train, fraction: 0.25}
  max: 16
model:
  backbone:
    - flatten
    - dense: {units: 3}
head: {type: arcface, s: 8, m: 0.2}
train: {epochs: 1, batch_size: 64}
END
}
spoil() { # SED-SCRIPT
    sed "$1" exp.yaml >spoilt.yaml
    cmp -s exp.yaml spoilt.yaml && fail "the experiment is as it was"
    run check spoilt.yaml
}

case_begin "the experiment that the cases spoil is right"
experiment
run check exp.yaml
expect_exit 0

case_begin "an eps that float32 takes for zero"
experiment
spoil 's/epochs: 1,/epochs: 1, optimizer: {type: adam, eps: 1e-320},/'
expect_exit 2
expect_stderr "train.optimizer.eps: expected a number in [1e-37, 1], got 1e-320"

case_begin "two ways of computing convolutions"
experiment
spoil 's/epochs: 1,/epochs: 1, conv: winograd, precision: bf16,/'
expect_exit 2
expect_stderr "spoilt.yaml:12:" "does not go with train.precision: bf16"

case_begin "unknown key"
experiment
spoil 's/epochs: 1/epoch: 1/'
expect_exit 2
expect_stderr "spoilt.yaml:12:9: error:" "epoch" "did you mean" "epochs" "^"
expect_empty stdout

case_begin "wrong type"
experiment
spoil 's/epochs: 1/epochs: many/'
expect_exit 2
expect_stderr "spoilt.yaml:12:17: error:" "many" "^"

case_begin "out of range"
experiment
spoil 's/batch_size: 64/batch_size: 0/'
expect_exit 2
expect_stderr "spoilt.yaml:12:32: error:" "batch_size"

case_begin "duplicate key"
experiment
spoil 's/^name: tiny/name: tiny\nname: again/'
expect_exit 2
expect_stderr "spoilt.yaml:2:1: error:" "duplicate" "name"

case_begin "margin out of range"
experiment
spoil 's/m: 0.2/m: 4/'
expect_exit 2
expect_stderr "spoilt.yaml:11:32: error:" "head.m" "^"

case_begin "unknown head"
experiment
spoil 's/arcface/arcfase/'
expect_exit 2
expect_stderr "arcfase" "did you mean" "arcface"

case_begin "sphereface on unit embeddings"
experiment
spoil 's/^head:.*/head: {type: sphereface}/; s/^model:/model:\n  normalize: true/'
expect_exit 2
expect_stderr "spoilt.yaml:" "normalize"

case_begin "all mistakes at once"
experiment
spoil 's/epochs: 1/epoch: 1/; s/m: 0.2/m: x/; s/units: 3/unit: 3/'
expect_exit 2
expect_stderr "epoch" "unit" "'x'"

case_begin "no such experiment file"
run check nothing.yaml
expect_exit 3
expect_stderr "nothing.yaml"

case_begin "a wrong --set names the option"
experiment
run check exp.yaml --set head.mm=1
expect_exit 2
expect_stderr "--set" "mm"

case_begin "scale and margin are accepted for s and m"
experiment
run show exp.yaml --set head='{type: arcface, scale: 9, margin: 0.4}'
expect_exit 0
expect_stdout "s: 9" "m: 0.4"

case_begin "keys of later parts are unknown"
experiment
printf 'deploy: {method: grid}\n' >>exp.yaml
run check exp.yaml
expect_exit 2
expect_stderr "deploy"
cases_end

# Random experiments (tests/torture/configs, which says what is asked of each), and what they have found.
# shellcheck shell=sh disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

case_begin "what check accepts trains to finite numbers, what it refuses train refuses alike"
if command -v python3 >/dev/null; then
    METRIC_TRAIN=$program python3 "$root/tests/torture/configs" --count 24 >stdout 2>&1 || fail "$(cat stdout)"
    expect_stdout "random experiments	24	0	"
else
    skip "python3 is not installed"
fi

experiment() { # LINES: four one-hot images, and what follows data.max
    printf '%s\n' 1,0,0,0,a 0,1,0,0,b 0,0,1,0,a 0,0,0,1,b >data.csv
    cat >exp.yaml <<END
data:
  train: {format: csv, file: data.csv, label: last, header: no, shape: [2, 2]}
  max: 1
$1
END
}

case_begin "embeddings at right angles have no rank, not an infinite one"
experiment "model: {backbone: [flatten]}
head: softmax
train: {epochs: 1, batch_size: 2}"
run train exp.yaml --no-report -q
expect_exit 0
expect_in runs/*/metrics.csv embedding_rank
[ "$(tail -n 1 runs/*/metrics.csv | sed 's/.*,//')" = "" ] || fail "embedding_rank is $(tail -n 1 runs/*/metrics.csv | sed 's/.*,//')"

case_begin "gradients whose squares overflow in Adam are a divergence"
experiment "  scale: none
model: {backbone: [flatten, dense: {units: 2}]}
head: softmax
train: {epochs: 1, batch_size: 2}"
sed -i 's/1,/1e20,/' data.csv
run train exp.yaml --no-report -q
expect_exit 4
expect_stderr "what the optimizer remembers of" "train.clip_norm"
expect_in runs/*/status.json '"state": "diverged"'

case_begin "so is a validation loss that overflows"
experiment "  validation: {format: csv, file: far.csv, label: last, header: no, shape: [2, 2]}
  scale: none
model: {backbone: [flatten, dense: {units: 2}]}
head: softmax
train: {epochs: 1, batch_size: 2}"
printf '%s\n' 3e38,3e38,3e38,3e38,a 3e38,-3e38,3e38,-3e38,b >far.csv
run train exp.yaml --no-report -q
expect_exit 4
expect_stderr "the validation loss is not finite after epoch 1"
expect_in runs/*/status.json '"state": "diverged"'
cases_end

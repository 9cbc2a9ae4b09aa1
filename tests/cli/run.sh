# Whole runs: what they leave, that they are not repeated, locks, interruptions, and outputs that cannot be written.
# shellcheck shell=sh disable=SC1091,SC2015,SC2034,SC2154
. "$(dirname "$0")/lib.sh"

experiment() { # EPOCHS
    cat >exp.yaml <<END
name: tiny
$(digits_data "fraction: 0.2" "fraction: 0.2")
model:
  backbone:
    - conv2d: {filters: 4, kernel: 3, padding: same, activation: relu}
    - max_pool: {size: 2}
    - batch_norm
    - flatten
    - dropout: {rate: 0.2}
    - dense: {units: 3}
head: {type: curricularface, s: 8, m: 0.2}
train:
  epochs: $1
  batch_size: 50
  optimizer: {type: adam, lr: 3e-3}
  schedule: {type: cosine, warmup_epochs: 1}
output: {dir: runs, embeddings: [train, validation, test]}
END
}
folder() { # DIR: the one run folder in it
    set -- "$1"/*/
    [ $# -eq 1 ] && [ -d "$1" ] || fail "not one run folder: $*"
    printf '%s' "${1%/}"
}
expect_same_runs() { # DIR DIR
    a=$(folder "$1") b=$(folder "$2")
    [ "$(basename "$a")" = "$(basename "$b")" ] || fail "the folders' names differ: $a $b"
    for file in metrics.csv config.yaml summary.json data.json checkpoints/last.safetensors checkpoints/best.safetensors \
        embeddings/train.csv embeddings/test.csv embeddings/centers.csv eval/test/metrics.json eval/test/predictions.csv \
        eval/test/classification_report.txt eval/test/confusion_matrix.csv; do
        expect_file "$a/$file"
        expect_same "$a/$file" "$b/$file"
    done
}
# Starts a run in the background and returns when it has said TEXT on its standard error; its process is $child. From then on
# nobody reads what it says, so that it comes to a halt when the pipe is full.
start() { # TEXT ARGUMENTS...
    text=$1
    shift
    rm -f pipe
    mkfifo pipe
    # A shell without job control starts what runs in the background with SIGINT ignored, and the program respects that.
    env --default-signal=INT "$program" train "$@" --progress json >stdout 2>pipe </dev/null &
    child=$!
    exec 3<pipe
    : >stderr
    while IFS= read -r line <&3; do
        printf '%s\n' "$line" >>stderr
        case $line in
        *"$text"*) return ;;
        esac
    done
    fail "the run did not get to $text:"
    show stderr
}
finish() { # waits for its end, with its exit code in $status
    cat <&3 >>stderr
    exec 3<&-
    wait "$child" 2>/dev/null
    status=$?
}

case_begin "a run leaves everything it promises"
experiment 2
run train exp.yaml
expect_exit 0
[ "$(cat stdout)" = "$(folder runs)" ] || fail "stdout is not the run folder: $(cat stdout)"
for file in config.yaml timing.csv status.json metrics.csv summary.json environment.json data.json log.txt \
    checkpoints/best.safetensors checkpoints/last.safetensors manifest.json eval/test/classification_report.txt \
    eval/test/classification_report.csv eval/test/confusion_matrix.csv eval/test/predictions.csv eval/test/metrics.json \
    embeddings/test.csv embeddings/centers.csv; do
    expect_file "$(folder runs)/$file"
done
expect_in "$(folder runs)/status.json" '"complete"'
[ "$(wc -l <"$(folder runs)/metrics.csv")" -eq 3 ] || fail "metrics.csv has not one row per epoch"
[ "$(head -n 1 "$(folder runs)/embeddings/test.csv")" = index,label,label_name,pred,x,y,z ] || fail "columns of test.csv"

case_begin "the resolved config trains the same run"
experiment 2
run train exp.yaml -o a
run train "$(folder a)/config.yaml" -o b
expect_exit 0
expect_same_runs a b

case_begin "a complete run is not repeated"
experiment 1
run train exp.yaml
first=$(cat stdout)
find "$first" -type f ! -name lock -exec ls -li --time-style=full-iso {} + | sort >before
run train exp.yaml
expect_exit 0
expect_stderr "already complete"
[ "$(cat stdout)" = "$first" ] || fail "another folder: $(cat stdout)"
find "$first" -type f ! -name lock -exec ls -li --time-style=full-iso {} + | sort >after
expect_same before after

case_begin "a run that was killed before its report was drawn gets it the next time"
experiment 1
run train exp.yaml --no-report
complete=$(cat stdout)
[ ! -e "$complete/report.html" ] || fail "--no-report wrote a report"
run train exp.yaml
expect_exit 0
expect_stderr "already complete"
expect_file "$complete/report.html"
expect_file "$complete/plots/curves.svg"

case_begin "--save-every 0 saves after every batch and changes nothing"
experiment 2
run train exp.yaml -o a
run train exp.yaml -o b --save-every 0
expect_exit 0
expect_file "$(folder b)/checkpoints/last.prev.safetensors"
[ ! -e "$(folder a)/checkpoints/last.prev.safetensors" ] || fail "a short run saved more than once"
expect_same_runs a b

case_begin "--force starts over and comes to the same"
experiment 2
run train exp.yaml -o a
cp -R a b
run train exp.yaml -o a --force
expect_exit 0
expect_not_in stderr "already complete"
expect_same_runs a b

case_begin "another key is another run"
experiment 1
run train exp.yaml
run train exp.yaml --set head.m=0.3
expect_exit 0
[ "$(find runs -mindepth 1 -maxdepth 1 -type d | wc -l)" -eq 2 ] || fail "not two folders: $(ls runs)"

case_begin "stopped by SIGINT and by SIGTERM, then the same bytes"
experiment 60
run train exp.yaml -o whole
expect_exit 0
start '"event": "epoch", "epoch": 3,' exp.yaml -o parts
kill -INT "$child"
finish
expect_exit 75
expect_in "$(folder parts)/status.json" '"interrupted"'
start '"event": "epoch", "epoch": 30,' exp.yaml -o parts --threads 1
kill -TERM "$child"
finish
expect_exit 75
expect_stderr "resuming after epoch"
run train exp.yaml -o parts
expect_exit 0
expect_stderr "resuming after epoch"
expect_same_runs whole parts

case_begin "stopped in one stage and in another, then the same bytes"
experiment 2
cat >staged.yaml <<END
extends: exp.yaml
train:
  epochs: null
  stages:
    - {name: warmup, head: {type: softmax}, epochs: 20, batch_size: 20}
    - {name: top, epochs: 20, freeze: ["conv*", "bn*"], optimizer: {lr: 1e-2, reset: true}}
    - {name: all, epochs: 20, anneal: {s: [8, 16], m: [0.1, 0.3]}}
END
run train staged.yaml -o whole
expect_exit 0
start '"event": "epoch", "epoch": 3,' staged.yaml -o parts
kill -INT "$child"
finish
expect_exit 75
start '"event": "epoch", "epoch": 22,' staged.yaml -o parts --threads 1
kill -TERM "$child"
finish
expect_exit 75
run train staged.yaml -o parts
expect_exit 0
expect_stderr "resuming after epoch"
expect_same_runs whole parts
cut -d , -f 2 "$(folder whole)/metrics.csv" | uniq -c | tr -s ' \n' ' ' >stages.txt
expect_in stages.txt " 1 stage 20 warmup 20 top 20 all"
run eval "$(folder whole)"
expect_exit 0

case_begin "killed without warning, then the same bytes"
experiment 40
run train exp.yaml -o whole
start '"event": "epoch", "epoch": 7,' exp.yaml -o parts
kill -KILL "$child"
finish
expect_exit 137
run train exp.yaml -o parts
expect_exit 0
expect_same_runs whole parts

case_begin "a second starter is turned away"
experiment 60
start '"event": "epoch", "epoch": 2,' exp.yaml
run train exp.yaml
expect_exit 6
expect_stderr "in use"
kill -INT "$child"
finish
expect_exit 75

case_begin "the output folder cannot be made"
experiment 1
echo "a file" >taken
run train exp.yaml -o taken
expect_exit 1
expect_stderr "taken"

case_begin "no room for the results"
experiment 1
(
    trap '' XFSZ
    ulimit -f 2
    "$program" train exp.yaml >stdout 2>stderr </dev/null
)
status=$?
expect_exit 1
expect_stderr "File too large"

case_begin "standard output is full"
experiment 1
"$program" train exp.yaml >/dev/full 2>stderr </dev/null
status=$?
expect_exit 1
expect_stderr "standard output"
run train exp.yaml
expect_exit 0
expect_stderr "already complete"

case_begin "a loss that is not finite ends with exit 4"
experiment 3
run train exp.yaml --set train.optimizer='{type: sgd, lr: 1e6}' --set head='{type: softmax}'
expect_exit 4
expect_stderr "not finite" "epoch" "batch" "train.optimizer.lr"
expect_in "$(folder runs)/status.json" '"diverged"'

case_begin "without a test split the test outputs are left out"
experiment 1
sed -i '/^  test:/d' exp.yaml
run train exp.yaml
expect_exit 0
expect_stderr "test"
[ ! -e "$(folder runs)/eval/test" ] || fail "there is an eval/test"

case_begin "--trace writes one row per step"
experiment 1
run train exp.yaml --trace trace.csv
expect_exit 0
expect_in trace.csv "loss" "lr"
[ "$(wc -l <trace.csv)" -ge 20 ] || fail "only $(wc -l <trace.csv) rows"

cases_end

# verify: a run and a sweep as they were written; every kind of damage is named, with what to do; nothing hostile is followed.
# shellcheck shell=sh disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

base_run <<END
model: {backbone: [flatten: {}, dense: {units: 3}]}
head: {type: arcface, s: 16, m: 0.1}
train: {epochs: 3, batch_size: 128}
output: {embeddings: [test]}
END
flip() { # FILE AT: changes one byte, which was no @
    printf '@' | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}
own_run() { # a copy of the run, as ./run
    rm -rf run
    cp -R "$trained" run
}
interrupted() { # the same as it is after its last epoch, before the evaluation
    own_run
    rm -r run/manifest.json run/summary.json run/eval run/embeddings
    sed -i -e 's/"complete"/"interrupted"/' run/status.json
}

case_begin "a run as it was written is good"
own_run
run verify run
expect_exit 0
expect_stdout "run: complete, 3 epochs: good: "
expect_not_in stdout DAMAGED
[ "$(wc -l <stdout)" -eq 1 ] || fail "more than a line: $(cat stdout)"
find run -type f -exec ls -li --time-style=full-iso {} + | sort >before
run verify run run/
find run -type f -exec ls -li --time-style=full-iso {} + | sort >after
expect_same before after

case_begin "every file of the manifest is watched: changed, longer, shorter, gone"
tried=0
for file in $(sed -n 's/^    "\(.*\)": {"size".*/\1/p' "$trained/manifest.json"); do
    for how in flip longer shorter gone; do
        own_run
        case $how in
        flip) flip "run/$file" $(($(wc -c <"run/$file") / 2)) ;;
        longer) echo >>"run/$file" ;;
        shorter) truncate -s -1 "run/$file" ;;
        gone) rm "run/$file" ;;
        esac
        run verify run
        expect_exit 3
        expect_stdout "$file" "what to do: metric-train train CONFIG --force"
        tried=$((tried + 1))
    done
done
[ "$tried" -ge 60 ] || fail "only $tried damages were tried"

case_begin "a file of another size is not read, however much it seems to hold"
own_run
if truncate -s 1T run/eval/test/predictions.csv 2>/dev/null; then
    timeout 60 "$program" verify run >stdout 2>stderr
    status=$?
    expect_exit 3
    expect_stdout "eval/test/predictions.csv" "has 1099511627776 bytes, and had "
else
    skip "the file system has no file of 1 TiB"
fi

case_begin "what holds times must be there, and what is not the run's is named"
own_run
rm run/timing.csv
echo mine >run/notes.txt
mkdir run/mine
ln -s /dev/null run/eval/link
: >run/metrics.csv.tmp.77
run verify run
expect_exit 3
expect_stdout "timing.csv" "missing" "notes.txt" "mine " "eval/link" "is no file of a run's" "metrics.csv.tmp.77" "DAMAGED: 1 file is"
run verify run --json
expect_exit 3
expect_stdout '"file": "timing.csv", "state": "missing"' '"file": "notes.txt", "state": "unlisted"' '"good": false' \
    '"file": "metrics.csv", "state": "good"'
/usr/bin/env python3 -c 'import json, sys; json.load(open("stdout"))' 2>/dev/null || fail "not JSON"

case_begin "a link in the place of a file is not followed"
own_run
mv run/metrics.csv kept
ln -s ../kept run/metrics.csv
run verify run
expect_exit 3
expect_stdout "metrics.csv" "is no regular file of the run"
own_run
mv run/eval kept-eval
ln -s ../kept-eval run/eval
run verify run
expect_exit 3
expect_stdout "eval/test/metrics.json" "missing"

case_begin "records that do not agree"
own_run
sed -i 's/"epochs_done": 3/"epochs_done": 2/' run/status.json
run verify run
expect_exit 3
expect_stdout "has 3 rows, and status.json says that 2 epochs were done" "summary.json" \
    "is not of the epoch that status.json says was the last"
own_run
echo '4,all' >>run/metrics.csv
run verify run
expect_exit 3
expect_stdout "bytes, and had" "metrics.csv:5: is not the row of epoch 4" "DAMAGED: 1 file is"
own_run
echo '{' >run/status.json
run verify run
expect_exit 3
expect_stdout "status.json" "cannot be read" "remove status.json"
own_run
rm run/status.json
run verify run
expect_exit 3
expect_stdout "status.json" "missing" "goes on with the run, and writes status.json anew"
own_run
rm run/manifest.json
run verify run
expect_exit 3
expect_stdout "manifest.json" "should have one"

case_begin "hostile manifests are refused, and nothing they name is opened"
sum=0000000000000000000000000000000000000000000000000000000000000000
long=$(printf '%5000s' '' | tr ' ' a)
for name in ../small.yaml /etc/passwd eval/../../small.yaml ./metrics.csv eval//x '' . .. eval/ "$long"; do
    own_run
    printf '{"files": {"%s": {"size": 1, "sha256": "%s"}}, "times": []}' "$name" $sum >run/manifest.json
    run verify run
    expect_exit 3
    expect_stdout "a name leads out of the run folder"
    printf '{"files": {}, "times": ["%s"]}' "$name" >run/manifest.json
    run verify run
    expect_exit 3
    expect_stdout "a name leads out of the run folder"
done
for text in '' '{' '[]' '{}' '{"files": []}' '{"files": {"a": {"size": 1}}}' '{"files": {"a": {"size": -1, "sha256": "'$sum'"}}}' \
    '{"files": {"a": {"size": 1, "sha256": "x"}}}' '{"files": {"a": {"size": 1, "sha256": "'$sum'"}}, "times": ["a"]}' \
    '{"files": {}} x' '{"files": {"a\u0000": 1}}'; do
    own_run
    printf '%s' "$text" >run/manifest.json
    run verify run
    expect_exit 3
    expect_stdout "manifest.json" "damaged"
done
own_run
truncate -s 17M run/manifest.json
run verify run
expect_exit 3
expect_stdout "more than the 16777216 allowed"
rm run/manifest.json
mkfifo run/manifest.json
run verify run
expect_exit 3
expect_stdout "is not a regular file"

case_begin "a run that has not ended: which checkpoint it goes on from"
interrupted
run verify run
expect_exit 0
expect_stdout "interrupted, no manifest yet; checkpoint of epoch 3 of 3, step" "good: "
cp run/checkpoints/last.safetensors run/checkpoints/last.prev.safetensors
run verify run
expect_exit 0
flip run/checkpoints/last.safetensors 3000
run verify run
expect_exit 3
expect_stdout "checkpoints/last.safetensors" "checksum does not fit" "goes on from last.prev.safetensors, epoch 3"
rm run/checkpoints/last.safetensors
run verify run
expect_exit 0
expect_stdout "absent" "the one before it takes its place"
flip run/checkpoints/last.prev.safetensors 3000
run verify run
expect_exit 3
expect_stdout "checkpoints/last.prev.safetensors" "--force makes the run anew"
interrupted
flip run/checkpoints/best.safetensors 2000
run verify run
expect_exit 3
expect_stdout "checkpoints/best.safetensors" "not be judged by its best epoch"
interrupted
printf '1,2\n' >>run/metrics.csv
run verify run
expect_exit 3
expect_stdout "metrics.csv:5: is not the row of epoch 4" "goes on from last.safetensors"
rm -r run/checkpoints/* run/metrics.csv
run verify run
expect_exit 0
expect_stdout "no manifest and no checkpoint yet"

case_begin "resume does what verify says, and ends in the same bytes"
interrupted
parts=parts/$(basename "$trained")
mkdir parts
cp -R run "$parts"
cp "$parts/checkpoints/last.safetensors" "$parts/checkpoints/last.prev.safetensors"
flip "$parts/checkpoints/last.safetensors" 3000
run train "$base/small.yaml" -o parts
expect_exit 0
expect_stderr "checksum does not fit" "the checkpoint before it is used" "resuming after epoch 3"
expect_same "$parts/manifest.json" "$trained/manifest.json"
run verify "$parts"
expect_exit 0
expect_stdout "last.bad.safetensors" "set aside"
rm -r parts/*
cp -R run "$parts"
flip "$parts/checkpoints/last.safetensors" 3000
run train "$base/small.yaml" -o parts
expect_exit 3
expect_stderr "checksum does not fit" "--force"
run train "$base/small.yaml" -o parts --force
expect_exit 0
expect_same "$parts/manifest.json" "$trained/manifest.json"

case_begin "a spare checkpoint is watched, and can be spared"
own_run
cp run/checkpoints/last.safetensors run/checkpoints/last.prev.safetensors
run verify run
expect_exit 0
flip run/checkpoints/last.prev.safetensors 3000
run verify run
expect_exit 3
expect_stdout "remove checkpoints/last.prev.safetensors"

case_begin "project adds to the manifest, and does not bless what was damaged before"
own_run
flip run/eval/test/predictions.csv 100
run project run --method pca -q
expect_exit 0
run verify run
expect_exit 3
expect_stdout "eval/test/predictions.csv" "DAMAGED: 1 file is"
expect_not_in stdout projections

case_begin "several runs, and folders that are none"
own_run
mkdir empty
run verify run empty "$trained"
expect_exit 3
expect_stdout "run: complete" "$trained: complete"
expect_stderr "empty: is neither a run folder nor that of a sweep"
run verify missing
expect_exit 3
run verify
expect_exit 2

case_begin "a sweep: its plan, what was made of its runs, and the runs"
cat >sweep.yaml <<END
extends: $base/small.yaml
train: {epochs: 1}
sweep:
  method: grid
  metric: {name: val_accuracy}
  parameters: {head.m: {values: [0, 0.1]}, seed: {values: [0, 1]}}
END
run sweep sweep.yaml -o s
expect_exit 0
run verify s
expect_exit 0
expect_stdout "s: a sweep of 4 runs, 0 of them to be done: good: " "s/runs/"
[ "$(wc -l <stdout)" -eq 5 ] || fail "not five lines: $(cat stdout)"
for file in index.csv results.csv results.json results.md effects.csv; do
    cp "s/$file" kept
    flip "s/$file" 40
    run verify s
    expect_exit 3
    expect_stdout "$file" "is not what the runs say"
    cp kept "s/$file"
done
one=$(find s/runs -name metrics.csv | LC_ALL=C sort | head -n 1)
other=$(find s/runs -name metrics.csv | LC_ALL=C sort | tail -n 1)
mv "$(dirname "$other")" kept.run
cp -r "$(dirname "$one")" "$(dirname "$other")"
run verify s
expect_exit 3
expect_stdout "is of another run than the one that the folder is named after"
rm -r "$(dirname "$other")"
mv kept.run "$(dirname "$other")"
mv "$(dirname "$other")" kept.run
echo nothing >"$(dirname "$other")"
run verify s
expect_exit 3
expect_stdout "$(dirname "$other"): a run that cannot be read" "cannot read the folder: Not a directory" "$(dirname "$one"): complete"
rm "$(dirname "$other")"
mv kept.run "$(dirname "$other")"
echo >>"$one"
run verify s --json
expect_exit 3
expect_stdout '"file": "metrics.csv", "state": "damaged"' '"file": "index.csv", "state": "good"'
rm -r "$(dirname "$one")" s/index.csv
run verify s
expect_exit 0
expect_stdout "1 of them to be done" "index.csv" "absent"
run verify s --json
expect_exit 0
expect_stdout '"file": "results.csv", "state": "present", "says": "the runs have gone on since it was written"'
sed -i '2s/$/x/' s/tasks.csv
run verify s
expect_exit 3
expect_stdout "tasks.csv" "plan the sweep again"

cases_end

# eval and embed on a small run: what they print is what the run folder holds.
# shellcheck shell=sh disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

digits=$root/datasets/digits/digits.csv.gz
base=$work/base
mkdir "$base"
cat >"$base/small.yaml" <<END
name: small
data:
  train: {format: csv, file: $digits, shape: [8, 8]}
  validation: {from: train, fraction: 0.2}
  test: {from: train, last: 300}
  max: 16
model:
  backbone: [flatten: {}, dense: {units: 32, activation: relu}, dense: {units: 3}]
  normalize: true
head: {type: arcface, s: 16, m: 0.1}
train: {epochs: 3, batch_size: 32}
output: {embeddings: [validation, test]}
END
(cd "$base" && "$program" train small.yaml -q >run.txt 2>train.err) || {
    echo "Bail out! the run to test with failed:"
    show "$base/train.err"
    exit 1
}
trained=$base/$(cat "$base/run.txt")

case_begin "eval prints what the run folder holds"
run eval "$trained" -o again
expect_exit 0
for file in classification_report.txt classification_report.csv confusion_matrix.csv predictions.csv metrics.json; do
    expect_same "again/$file" "$trained/eval/test/$file"
done
tail -n "$(wc -l <again/classification_report.txt)" stdout >report.txt
expect_same report.txt again/classification_report.txt
expect_stdout "split  samples" "test       300"

case_begin "eval: splits, formats, threads"
run eval "$trained" --split validation --json -q -j 1
expect_exit 0
expect_empty stderr
expect_stdout '[{"split": "validation", "samples": 299,' '"accuracy": 0.'
cp stdout one
run eval "$trained" --split validation --json -q -j 3
expect_same stdout one
run eval "$trained" --split train --csv -k 1
expect_exit 0
expect_stdout "split,samples,accuracy,center_accuracy,knn_accuracy,macro_f1,loss,angle_within" "train,1198,0."
run eval "$trained" --digits 2 -q
expect_stdout "   precision    recall  f1-score   support" "macro avg       0."

case_begin "eval: wrong words"
run eval "$trained" --split tests
expect_exit 2
expect_stderr "expected test, validation or train, got 'tests'"
run eval "$trained" --json --csv
expect_exit 2
run eval "$base"
expect_exit 3
expect_stderr "is not a run folder"
run eval "$trained" --checkpoint nowhere.safetensors
expect_exit 3
expect_stderr "nowhere.safetensors"
cp "$trained/checkpoints/last.safetensors" torn.safetensors
printf x | dd of=torn.safetensors bs=1 seek=3000 conv=notrunc 2>dd.err
run eval "$trained" --checkpoint torn.safetensors
expect_exit 3
expect_stderr "torn.safetensors"

case_begin "eval of both checkpoints"
run eval "$trained" --checkpoint last --csv -q
expect_exit 0
run eval "$trained" --checkpoint best --csv -q
expect_exit 0

case_begin "embed prints what the run folder holds"
run embed "$trained"
expect_exit 0
expect_same stdout "$trained/embeddings/test.csv"
run embed "$trained" --split validation -o validation.csv
expect_exit 0
expect_empty stdout
expect_same validation.csv "$trained/embeddings/validation.csv"
run embed "$trained" --centers -o -
expect_same stdout "$trained/embeddings/centers.csv"
run embed "$trained" -n 10
head -n 11 "$trained/embeddings/test.csv" >ten.csv
expect_same stdout ten.csv

cases_end

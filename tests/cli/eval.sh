# eval, embed and predict on a small run: what they print is what the run folder holds, and labels are never read.
# shellcheck shell=sh disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

base_run <<END
model:
  backbone: [flatten: {}, dense: {units: 32, activation: relu}, dense: {units: 3}]
  normalize: true
head: {type: arcface, s: 16, m: 0.1}
train: {epochs: 3, batch_size: 32}
output: {embeddings: [validation, test]}
END
first_column() { # FILE NAME: the column of that name
    awk -F, -v name="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i; next } { print $at }' "$1"
}

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

case_begin "a checkpoint of another run is not judged as this one's"
cp -r "$trained" run
(cd "$base" && "$program" train small.yaml -q --no-report -s seed=1 -o other) >other.txt
other=$base/$(cat other.txt)
cp "$other/checkpoints/last.safetensors" run/checkpoints/
for command in "eval run" "embed run" "predict run $digits" "eval run -c last"; do
    # shellcheck disable=SC2086
    run $command
    expect_exit 3
    expect_empty stdout
    expect_stderr "run/checkpoints/last.safetensors: is a checkpoint of another run"
done
run eval run -c best
expect_exit 0
run eval "$trained" -c "$other/checkpoints/last.safetensors"
expect_exit 0
sed -i 's/"complete"/"interrupted"/' run/status.json
(cd "$base" && mkdir again && mv "$OLDPWD/run" "again/${trained##*/}" && "$program" train small.yaml -o again) >stdout 2>stderr
status=$?
expect_exit 3
expect_stderr "last.safetensors: is a checkpoint of another run; put the right one back"

case_begin "a damaged checkpoint is refused, and it is said who looks further"
cp -r "$trained" run
printf '@' | dd of=run/checkpoints/last.safetensors bs=1 seek=9 conv=notrunc 2>/dev/null
for command in "eval run" "embed run" "predict run $digits"; do
    # shellcheck disable=SC2086
    run $command
    expect_exit 3
    expect_empty stdout
    expect_stderr "run/checkpoints/last.safetensors: is not a good" "; 'metric-train verify run' looks through the run"
done
run eval run -c run/checkpoints/last.safetensors
expect_exit 3
expect_not_in stderr "metric-train verify"

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

case_begin "eval: data that changed since the training"
gzip -dc "$digits" >digits.csv
sed "s#$digits#$PWD/digits.csv#" "$base/small.yaml" >small.yaml
run train small.yaml -q -o out --set train.epochs=1
expect_exit 0
folder=$(cat stdout)
run eval "$folder" -q
expect_exit 0
tail -n 1700 digits.csv >fewer && mv fewer digits.csv
for verb in eval embed; do
    run $verb "$folder"
    expect_exit 3
    expect_stderr "$PWD/digits.csv: is not what this run was trained on"
    expect_empty stdout
done

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

case_begin "predict: the same classes as eval, by all three ways"
gzip -dc "$digits" | tail -n 300 >rows.csv
run predict "$trained" rows.csv --csv
expect_exit 0
expect_stdout "index,pred,pred_name,probability,top2,top2_name,margin"
for way in head:pred center:center_pred knn:knn_pred; do
    run predict "$trained" rows.csv --csv --by "${way%:*}"
    expect_exit 0
    first_column stdout pred >got
    first_column "$trained/eval/test/predictions.csv" "${way#*:}" >want
    expect_same got want
done

case_begin "predict never reads a label"
gzip -dc "$digits" | tail -n 300 >rows.csv
run predict "$trained" rows.csv --csv
cp stdout with_labels
cut -d, -f1-64 rows.csv >unlabelled.csv
run predict "$trained" unlabelled.csv --csv
expect_exit 0
expect_same stdout with_labels
sed 's/,[0-9]*$/,5/' rows.csv >lies.csv
run predict "$trained" lies.csv --csv
expect_same stdout with_labels

case_begin "predict by the head does not need the training data"
gzip -dc "$digits" | head -n 7 >rows.csv
run predict "$trained" rows.csv --csv
cp stdout want
cp -r "$trained" moved
sed "s#$digits#$work/gone.csv#" "$trained/config.yaml" >moved/config.yaml
run predict moved rows.csv --csv
expect_exit 0
expect_same stdout want
run predict moved rows.csv --by knn
expect_exit 3
expect_stderr "gone.csv: cannot open"
rm moved/data.json
run predict moved rows.csv
expect_exit 3
expect_stderr "moved/data.json: cannot open"
for record in '{"shape": [1, 8, 8], "type": "u8", "classes": ["0", "1"]}' '{"shape": [70000, 70000, 1]}' '{"shape": [1, 8]}' \
    '{"type": "u16"}' '{"mean": [1]}' '[]'; do
    echo "$record" >moved/data.json
    run predict moved rows.csv
    expect_exit 3
    expect_stderr "moved/data.json: does not say what the model was trained on"
done

case_begin "predict: images"
if command -v python3 >/dev/null && python3 -c 'import struct, zlib' 2>/dev/null; then
    python3 - <<'END'
import struct, zlib
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
for name, size in (("a.png", 8), ("b, c.png", 16)):
    rows = b"".join(b"\0" + bytes((x * 16) % 256 for x in range(size)) for _ in range(size))
    open(name, "wb").write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", size, size, 8, 0, 0, 0, 0)) +
                           chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
END
    run predict "$trained" a.png "b, c.png" --json
    expect_exit 0
    expect_stdout '[{"file": "a.png", "pred": ' '{"file": "b, c.png", "pred": '
    run predict "$trained" a.png rows.csv
    expect_exit 2
    echo "no image" >broken.png
    run predict "$trained" a.png broken.png
    expect_exit 3
    expect_stderr "broken.png"
else
    skip "python3 is not there"
fi

case_begin "predict: images for a model of numbers that are none"
gzip -dc "$digits" | head -n 200 | sed 's/,/.5,/1' >floats.csv
sed -e "s#file: [^,]*#file: $PWD/floats.csv#" -e 's/last: 300/last: 20/' "$base/small.yaml" >floats.yaml
run train floats.yaml -q
expect_exit 0
floats=$(cat stdout)
run predict "$floats" a.png
expect_exit 2
expect_stderr "not trained on 8-bit"
run predict "$floats" floats.csv --csv
expect_exit 0

case_begin "predict: wrong words"
run predict "$trained"
expect_exit 2
run predict "$trained" nowhere.csv
expect_exit 3
expect_stderr "nowhere.csv"
run predict "$trained" rows.csv --by vote
expect_exit 2
expect_stderr "expected head, center or knn, got 'vote'"
printf '1,2,3\n' >short.csv
run predict "$trained" short.csv
expect_exit 3
expect_stderr "short.csv"

cases_end

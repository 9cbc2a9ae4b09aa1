# Run folders of every format that there was can be read for ever; those of a later version are refused with both versions named.
# shellcheck shell=sh disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

version=$("$program" --version | sed -n 's/^metric-train \([^ ]*\).*/\1/p')
newest=1
figures_agree() { # JSON of eval, the golden run's metrics.json: accuracies are equal, other figures to 1e-4
    python3 - "$1" "$2" <<'END'
import json, math, sys
now, then = json.load(open(sys.argv[1]))[0], json.load(open(sys.argv[2]))
seen = 0
for key, value in then.items():
    if not isinstance(value, (int, float)) or isinstance(value, bool) or key not in now:
        continue
    seen += 1
    if not math.isclose(now[key], value, rel_tol=0 if "accuracy" in key else 1e-4, abs_tol=1e-6):
        sys.exit(f"{key} is {now[key]}, and was {value}")
sys.exit(0 if seen >= 5 else f"only {seen} figures are in both")
END
}
copy() { # FOLDER: of the newest golden run, with its data beside it
    rm -rf "$1"
    cp "$root/tests/golden/tiny.csv" .
    cp -R "$root/tests/golden/run-v$newest" "$1"
    chmod -R u+w "$1" tiny.csv
}
same_files() { # FOLDER FOLDER
    (cd "$1" && find . -type f ! -name lock -exec cksum {} + | sort) >one.sums
    (cd "$2" && find . -type f ! -name lock -exec cksum {} + | sort) >two.sums
    expect_same one.sums two.sums
}

for golden in "$root"/tests/golden/run-v*; do
    format=${golden##*-v}
    case_begin "format $format: verify, eval to the recorded figures, and everything else that reads it"
    run verify "$golden"
    expect_exit 0
    expect_stdout "complete, 12 epochs: good"
    run eval "$golden" --json -q
    expect_exit 0
    cp stdout eval.json
    figures_agree eval.json "$golden/eval/test/metrics.json" 2>why || {
        fail "eval says other figures:"
        show why
    }
    run eval "$golden" --checkpoint best -q
    expect_exit 0
    run embed "$golden" --split test -q
    expect_exit 0
    expect_stdout "index,label,label_name,pred,x,y"
    head -n 1 "$root/tests/golden/tiny.csv" | cut -d, -f1-36 >row.csv
    run predict "$golden" row.csv -q
    expect_exit 0
    run show "$golden"
    expect_exit 0
    expect_stdout "curricularface"
    run compare "$golden" "$golden"
    expect_exit 0
    expect_stdout "test_accuracy"
    run report "$golden" -o report.html
    expect_exit 0
    expect_file report.html
    run plot "$golden" -o plots
    expect_exit 0
    expect_file plots/curves.svg
    run project "$golden" --method pca -o pca.csv -q
    expect_exit 0
    for file in best last last.prev; do
        cat >from.yaml <<END
extends: $golden/config.yaml
name: from
train: {epochs: 1, init_from: $golden/checkpoints/$file.safetensors}
END
        run train from.yaml -q
        expect_exit 0
        rm -r runs
    done
    run train "$golden/config.yaml" -s train.epochs=1 -s "train.init_from=$golden" -q
    expect_exit 0
    [ ! -e "$golden/lock" ] || fail "something was written to the golden run"
done

case_begin "a run folder of a later format is refused by everything that reads it"
copy later
sed -i 's/"format": 1,/"format": 2,/' later/status.json
sed -i 's/"version": "[^"]*"/"version": "9.9"/' later/environment.json
cp -R later kept
head -n 1 tiny.csv | cut -d, -f1-36 >row.csv
refused() { # ARGUMENTS...
    run "$@"
    expect_exit 3
    expect_stderr "later: is a run folder of format 2, written by metric-train 9.9; this is metric-train $version, which reads format 1"
    expect_empty stdout
}
refused show later
refused check later
refused train later -o runs
refused eval later
refused embed later
refused predict later row.csv
refused project later --method pca
refused plot later
refused report later -o report.html
refused compare later later
refused train later/config.yaml -s train.init_from=later -o runs
run verify later
expect_exit 3
expect_stderr "later: is a run folder of format 2, written by metric-train 9.9"
same_files later kept
sed -i 's/"state": "complete"/"state": "paused", "new": {"a": [1]}/' later/status.json
refused eval later
rm later/environment.json
run compare later
expect_exit 3
expect_stderr "written by another version of metric-train; this is metric-train $version"

case_begin "train does not go on in a folder of a later format, and --force starts over"
mkdir data
cp "$root/tests/golden/tiny.csv" .
sed -e 's,\.\./tiny,tiny,' "$root/tests/golden/run-v$newest/config.yaml" >exp.yaml
run train exp.yaml -s train.epochs=1 -o runs -q
expect_exit 0
folder=$(cat stdout)
sed -i -e 's/"format": 1,/"format": 2,/' -e 's/complete/interrupted/' "$folder/status.json"
cp -R "$folder" kept
run train exp.yaml -s train.epochs=1 -o runs -q
expect_exit 3
expect_stderr "is a run folder of format 2, written by metric-train $version"
cp "$folder/log.txt" kept/log.txt
same_files "$folder" kept
run train exp.yaml -s train.epochs=1 -o runs -q --force
expect_exit 0
expect_in "$folder/status.json" '"format": 1'

case_begin "another version of the program, with the same format, is read; and folders from before the format had a number"
copy other
sed -i '/"format": 1,/d' other/status.json
sed -i 's/"version": "[^"]*"/"version": "9.9"/' other/environment.json
for command in show eval embed compare verify "plot -o plots" "report -o report.html"; do
    # shellcheck disable=SC2086
    run $command other
    expect_exit 0
done
echo "future: {key: 1}" >>other/config.yaml
run show other
expect_exit 2
expect_stderr "future" "other was written by metric-train 9.9; this is metric-train $version"
run compare other
expect_exit 3
expect_stderr "future" "was written by metric-train 9.9, and this is metric-train $version"
escape=$(printf '\033')
mv other "other$escape[31m"
run show "other$escape[31m"
expect_exit 2
expect_stderr "was written by metric-train 9.9"
! grep -q "$escape" stderr || fail "a control character of the folder's name reaches the terminal"

# Changes a note in a checkpoint, and makes its checksum good again.
renote() { # FILE KEY VALUE
    python3 - "$@" <<'END'
import hashlib, json, sys
path, key, value = sys.argv[1:]
data = bytearray(open(path, "rb").read())
size = int.from_bytes(data[:8], "little")
header = json.loads(data[8:8 + size])
header["__metadata__"].update({key: value, "metric_train_sha256": "0" * 64})
text = json.dumps(header, separators=(",", ":")).encode()
text += b" " * (-(len(text) + 8) % 64)
data = bytearray(len(text).to_bytes(8, "little") + text + bytes(data[8 + size:]))
digest = hashlib.sha256(data).hexdigest().encode()
at = data.index(b'"metric_train_sha256":"') + 23
data[at:at + 64] = digest
open(path, "wb").write(data)
END
}

case_begin "a checkpoint of a later format is refused by everything that reads it"
copy later
for file in best last last.prev; do
    renote later/checkpoints/$file.safetensors metric_train_format 2
done
expect_in later/checkpoints/last.safetensors '"metric_train_format":"2"'
head -n 1 tiny.csv | cut -d, -f1-36 >row.csv
for words in "eval later" "embed later" "predict later row.csv" \
    "eval later --checkpoint later/checkpoints/last.prev.safetensors" "train later/config.yaml -o runs -s train.init_from=later" \
    "train later/config.yaml -o runs -s train.init_from=later/checkpoints/last.safetensors"; do
    # shellcheck disable=SC2086
    run $words
    expect_exit 3
    expect_stderr "has the checkpoint format '2', and metric-train $version reads '1'"
done
run verify later
expect_exit 3
expect_stdout "checkpoints/last.prev.safetensors" "has the checkpoint format '2'" "checkpoints/best.safetensors"

case_begin "a checkpoint of other arithmetic is read, but not gone on from"
cp "$root/tests/golden/tiny.csv" .
sed -e 's,\.\./tiny,tiny,' "$root/tests/golden/run-v$newest/config.yaml" >exp.yaml
run train exp.yaml -s train.epochs=2 -o runs -q
folder=$(cat stdout)
renote "$folder/checkpoints/last.safetensors" numerics 99
run eval "$folder" -q
expect_exit 0
sed -i -e 's/complete/interrupted/' "$folder/status.json"
run train exp.yaml -s train.epochs=2 -o runs -q
expect_exit 2
expect_stderr "was trained with numerics version '99' and would go on with" "--mix-kernels"
run verify "$folder"
expect_exit 0

cases_end

# Early stopping and restore_best: which epoch's weights a run is judged by, bit for bit.
# shellcheck shell=sh disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

# A learning rate at which the validation accuracy goes up and down.
cat >"$work/exp.yaml" <<END
name: exp
$(digits_data "fraction: 0.1" "fraction: 0.2")
model: {backbone: [flatten, dense: {units: 16, activation: relu}, batch_norm]}
head: softmax
train: {epochs: 30, batch_size: 16, optimizer: {type: adam, lr: 0.03}, early_stop: {patience: 3}}
END
train() { # OUT SETTING...: the folder of the run in $made
    out=$1
    shift
    run train "$work/exp.yaml" -o "$out" -q "$@"
    expect_exit 0
    made=$(cat stdout)
}
number() { # KEY: of summary.json
    sed -n "s/.*\"$1\": \\([0-9]*\\),.*/\\1/p" "$made/summary.json"
}

case_begin "stops patience epochs after the best one"
train last
ended=$(number epochs) best=$(number best_epoch)
[ "$ended" -eq $((best + 3)) ] || fail "ended after $ended, the best was $best"
[ "$ended" -lt 30 ] || fail "nothing was stopped"
cp -R last "$work"
echo "$ended $best" >"$work/epochs"

case_begin "restore_best judges by the weights of the best epoch"
read -r ended best <"$work/epochs"
train restored --set train.early_stop.restore_best=true
restored=$made
train short --set "train.epochs=$best"
for file in eval/test/predictions.csv embeddings/test.csv embeddings/centers.csv; do
    expect_same "$restored/$file" "$made/$file"
    if cmp -s "$restored/$file" "$work"/last/exp-*/"$file"; then fail "$file is that of the last epoch"; fi
done
run embed "$restored"
expect_exit 0
expect_same stdout "$made/embeddings/test.csv"

case_begin "the best epoch's checkpoint holds that epoch's weights"
read -r ended best <"$work/epochs"
train short --set "train.epochs=$best" --set train.early_stop.patience=null
run embed "$made" --checkpoint last
cp stdout short.csv
run embed "$work"/last/exp-* --checkpoint best
expect_same stdout short.csv
run embed "$work"/last/exp-*
if cmp -s stdout short.csv; then fail "the last epoch's weights are the best's"; fi

case_begin "patience that ends in the last epoch restores too, as Keras does"
read -r ended best <"$work/epochs"
train all --set "train.epochs=$ended" --set train.early_stop.restore_best=true
whole=$made
train short --set "train.epochs=$best"
expect_same "$whole/embeddings/test.csv" "$made/embeddings/test.csv"
run embed "$whole"
expect_same stdout "$made/embeddings/test.csv"
train less --set "train.epochs=$((ended - 1))" --set train.early_stop.restore_best=true
if cmp -s "$made/embeddings/test.csv" "$whole/embeddings/test.csv"; then fail "restored before patience was out"; fi
run embed "$made"
expect_same stdout "$made/embeddings/test.csv"
cases_end

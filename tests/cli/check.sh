# `check`: the parameter table with the published networks' counts, memory, JSON, and that nothing is trained.
# shellcheck shell=sh disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

# samples CLASSES VALUES: CSV lines of zeros, one per class, the label first
samples() {
    awk -v classes="$1" -v values="$2" 'BEGIN {
        for (i = 0; i < values; i++) zeros = zeros ",0"
        for (c = 0; c < classes; c++) print c zeros
    }'
}

# published BACKBONE SOURCE HEAD TOTAL TRAINABLE OTHER: what check counts for a network of configs/backbones
published() {
    cat >exp.yaml <<END2
data:
  train: {$2}
model: {backbone: $root/configs/backbones/$1.yaml}
head: $3
train: {epochs: 1, batch_size: 2}
END2
    run check exp.yaml
    expect_exit 0
    expect_stdout "Total params: $4" "Trainable params: $5" "Non-trainable params: $6"
}

digits="format: csv, file: train.csv, label: first, shape: [28, 28]"

case_begin "the published networks' parameters"
samples 10 784 >train.csv
published n0-3d "$digits" "{type: softmax}" 55,693 55,693 0
published n0-3d "$digits" "{type: arcface}" 55,683 55,683 0
published n1 "$digits" "{type: softmax}" 223,622 223,174 448
published n1 "$digits" "{type: center}" 223,822 223,174 648
published n2 "$digits" "{type: curricularface}" 98,849 98,849 0
{
    printf '\0\0\010\004\0\0\0\004\0\0\0\003\0\0\0\340\0\0\0\340'
    head -c 602112 /dev/zero
} >images
printf '\0\0\010\001\0\0\0\004\0\1\2\3' >labels
published n4 "format: idx, images: images, labels: labels" "{type: softmax}" 11,216,452 11,216,260 192

case_begin "the table, the memory and the steps"
samples 10 784 >train.csv
published n0-3d "$digits" "{type: arcface}" 55,683 55,683 0
expect_stdout " Layer (type)                Output Shape              Param #" \
    " conv1 (conv2d)              (None, 28, 28, 10)        100" " head (arcface)              (None, 10)                30" \
    "Memory: weights 0.2 MiB" "Steps: 1 epochs of 5" "Whole run: program" "in all about"
[ ! -e runs ] || fail "check made a run folder"

case_begin "JSON"
samples 10 64 >train.csv
cat >exp.yaml <<'END2'
data:
  train: {format: csv, file: train.csv, label: first, shape: [8, 8]}
  max: 255
model: {backbone: [flatten, dense: {units: 3}, batch_norm]}
head: {type: cosface}
train: {epochs: 3, batch_size: 4, drop_last: true}
END2
run check exp.yaml --json
expect_exit 0
expect_stdout '"classes": 10' '"parameters": 237, "trainable": 231, "not_trainable": 6' '"epochs": 3, "steps_per_epoch": 2}'
if command -v python3 >/dev/null; then
    python3 -m json.tool stdout >/dev/null 2>errors || fail "$(cat errors)"
    python3 -c 'import json; d = json.load(open("stdout")); assert d["memory_bytes"] > d["data_bytes"] + d["model_bytes"]' \
        2>errors || fail "memory_bytes: $(tail -n 1 errors)"
fi
cases_end

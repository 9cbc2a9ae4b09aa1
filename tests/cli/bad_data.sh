# Data that are missing, broken or do not fit: exit code 3, and a message that names the file and the place.
# shellcheck shell=sh disable=SC1091,SC2015,SC2034,SC2154
. "$(dirname "$0")/lib.sh"

experiment() { # SOURCE: the training data
    cat >exp.yaml <<END
data: {train: $1, validation: {from: train, fraction: 0.2}, scale: none}
model: {backbone: [flatten, {dense: {units: 3}}]}
head: {type: softmax}
train: {epochs: 1, batch_size: ${2:-2}}
END
    run check exp.yaml
}
bytes() { # DECIMAL...
    for byte; do
        # shellcheck disable=SC2059
        printf "\\$(printf %03o "$byte")"
    done
}
# Six images of 2x2 and their labels, as IDX.
idx_images() {
    bytes 0 0 8 3 0 0 0 6 0 0 0 2 0 0 0 2
    bytes 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24
}
idx_labels() { # COUNT LABEL...
    bytes 0 0 8 1 0 0 0 "$@"
}
csv() {
    printf 'label,a,b,c,d\n0,1,2,3,4\n1,2,3,4,5\n0,1,2,3,5\n1,2,3,4,6\n0,1,2,3,6\n1,2,3,4,7\n'
}

case_begin "IDX files that fit"
idx_images >images
idx_labels 6 0 1 0 1 0 1 >labels
experiment '{format: idx, images: images, labels: labels}'
expect_exit 0

case_begin "missing file"
experiment '{format: csv, file: nothing.csv, label: label}'
expect_exit 3
expect_stderr "nothing.csv" "No such file"

case_begin "truncated gzip"
csv | gzip >whole.gz
head -c 30 whole.gz >cut.csv.gz
experiment '{format: csv, file: cut.csv.gz, label: label}'
expect_exit 3
expect_stderr "cut.csv.gz"

case_begin "IDX cut short"
idx_images | head -c 30 >images
idx_labels 6 0 1 0 1 0 1 >labels
experiment '{format: idx, images: images, labels: labels}'
expect_exit 3
expect_stderr "images" "bytes"

case_begin "IDX image and label counts differ"
idx_images >images
idx_labels 5 0 1 0 1 0 >labels
experiment '{format: idx, images: images, labels: labels}'
expect_exit 3
expect_stderr "labels" "6" "5"

case_begin "ragged CSV"
csv | sed '4s/,5$//' >ragged.csv
experiment '{format: csv, file: ragged.csv, label: label}'
expect_exit 3
expect_stderr "ragged.csv:4"

case_begin "CSV cell that is no number"
csv | sed '3s/4/four/' >word.csv
experiment '{format: csv, file: word.csv, label: label}'
expect_exit 3
expect_stderr "word.csv:3" "four"

case_begin "label out of range"
csv >few.csv
csv | sed '5s/^1/7/' >more.csv
cat >exp.yaml <<END
data:
  train: {format: csv, file: few.csv, label: label}
  test: {format: csv, file: more.csv, label: label}
  scale: none
model: {backbone: [flatten, {dense: {units: 3}}]}
head: {type: softmax}
train: {epochs: 1, batch_size: 2}
END
run check exp.yaml
expect_exit 3
expect_stderr "more.csv" "7"

case_begin "unreadable image"
mkdir -p images/a images/b
printf '\211PNG\r\n\032\nnot really' >images/a/broken.png
printf '\211PNG\r\n\032\nnot really' >images/b/broken.png
experiment '{format: images, dir: images, height: 8, width: 8}'
expect_exit 3
expect_stderr "broken.png"

case_begin "empty class folder"
if [ -d "$data/omniglot/test" ]; then
    mkdir images
    cp -R "$(find "$data/omniglot/test" -mindepth 1 -maxdepth 1 | sort | head -n 1)" images/a
    chmod -R u+w images
    mkdir images/b
    experiment '{format: images, dir: images, height: 8, width: 8}'
    expect_exit 3
    expect_stderr "images/b"
else
    skip "omniglot is not there"
fi

case_begin "batch larger than the data"
csv >small.csv
experiment '{format: csv, file: small.csv, label: label}' 500
expect_exit 2
expect_stderr "batch_size" "500"

case_begin "a split that takes everything"
csv >small.csv
experiment '{format: csv, file: small.csv, label: label}'
expect_exit 0
run check exp.yaml --set 'data.validation={from: train, last: 6}'
[ "$status" -ne 0 ] || fail "exit code 0"
case_begin "validation that is the test data"
csv >small.csv
csv >same.csv
csv >other.csv
experiment '{format: csv, file: other.csv, label: label}'
expect_exit 0
set -- --set 'data.test={format: csv, file: small.csv, label: label}' \
    --set 'data.validation={format: csv, file: same.csv, label: label}'
run check exp.yaml "$@"
expect_exit 2
expect_stderr "is the test data" "allow_test_as_validation"
run train exp.yaml "$@" --set data.allow_test_as_validation=true -o runs
expect_exit 0
expect_stderr "validation is the test data"
expect_in runs/*/summary.json '"validation_is_test": true'
cases_end

# Settings at and past their bounds that only show with the data, or that would harm it: each is refused before anything is written.
# shellcheck shell=sh disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

experiment() { # twelve points of three classes in data.csv
    awk 'BEGIN { for (i = 0; i < 12; i++) print i % 5 "," i % 3 "," i % 3 }' >data.csv
    cat >exp.yaml <<'END'
name: limits
data: {train: {format: csv, file: data.csv, label: last}, max: 4, scale: unit}
model: {backbone: [flatten, {dense: 2}]}
head: softmax
train: {epochs: 1, batch_size: 4}
END
}
refused() { # CODE TEXT SETTING...: by check and train alike, without a run folder
    code=$1 text=$2
    shift 2
    for setting; do
        shift
        set -- "$@" --set "$setting"
    done
    for command in check train; do
        run "$command" exp.yaml "$@"
        expect_exit "$code"
        expect_stderr "$text"
    done
    [ ! -e runs ] || fail "there is a run folder"
}
accepted() {
    run check exp.yaml --set "$1"
    expect_exit 0
}

case_begin "a batch of all samples, and of one more"
experiment
accepted train.batch_size=12
refused 2 "train.batch_size: 13 is larger than the 12 training samples; use at most 12" train.batch_size=13
refused 2 "train.stages: 13 is larger than the 12 training samples" 'train.stages=[{epochs: 1, batch_size: 13}]'

case_begin "one class, none, and labels beyond them"
experiment
echo "1,2,0" >one.csv
refused 3 "the training data has 1 class; a head needs at least 2" data.train.file=one.csv train.batch_size=1
refused 3 "label 1 of sample 1 is out of range; with classes: 1 labels are 0..0" data.train.classes=1
refused 2 "data.train.classes: expected an integer in [1, 16777216], got 0" data.train.classes=0
refused 3 "label 2 of sample 2 is out of range; with classes: 2 labels are 0..1" data.train.classes=2
accepted data.train.classes=3

case_begin "splits that leave nothing"
experiment
refused 3 "data.test" 'data.test={from: train, last: 12}'
refused 2 "data.test.fraction: expected a number in (0, 1), got 1" 'data.test={from: train, fraction: 1}'

case_begin "runs among the samples"
experiment
mkdir -p images/a images/b
for class in a b; do
    printf 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==' |
        base64 -d >images/$class/1.png
done
ln -s images link
ls -R images >before
for dir in images images/a images/later/still link link/b ./images/../images "$PWD/images"; do
    refused 2 "output.dir: the runs would lie among the samples in images, and be read as such; give a folder elsewhere" \
        'data.train={format: images, dir: images}' train.batch_size=2 "output.dir=$dir"
done
run train exp.yaml --set 'data.train={format: images, dir: images}' --set train.batch_size=2 -o images
expect_exit 2
expect_stderr "the runs would lie among the samples in images"
ls -R images >after
expect_same before after
for dir in . images2 image; do
    run train exp.yaml --set 'data.train={format: images, dir: images}' --set train.batch_size=2 -o "$dir" -q --no-report
    expect_exit 0
done

case_begin "a name of any characters stays inside of the folder for runs"
experiment
for name in ../../up / '""' '"a\nb"' . '"\e[31m"' "-rf" '"=1+1"'; do
    run train exp.yaml --set "name=$name" -q --no-report
    expect_exit 0
    folder=$(cat stdout)
    [ "$(dirname "$folder")" = runs ] && [ -d "$folder" ] || fail "$name: $folder"
    case ${folder#runs/} in
    .* | -* | *[!a-zA-Z0-9._=-]*) fail "$name: $folder" ;;
    esac
done
[ "$(find . -name status.json | grep -cv '^./runs/')" -eq 0 ] || fail "a run elsewhere: $(find . -name status.json)"

case_begin "a line break in a path"
experiment
cp data.csv 'a
b.csv'
run check exp.yaml --set 'data.train.file="a\nb.csv"'
expect_exit 0
refused 3 "cannot open: No such file or directory" 'data.train.file="c\nd.csv"'
[ "$(grep -c 'error: ' stderr)" -eq 1 ] || fail "not one line of error"

case_begin "axes of a sweep"
experiment
axis() { # TEXT PARAMETERS
    for command in check "sweep --dry-run"; do
        # shellcheck disable=SC2086 # two words
        run $command exp.yaml --set "sweep={parameters: $2}"
        expect_exit 2
        expect_stderr "$1"
    done
}
axis "head.w_stddev: the list of values is empty" '{head.w_stddev: {values: []}}'
axis "no key takes several values" '{}'
axis "10001 values; a key may take 10000" '{seed: {values: 0..10000}}'
axis "a sweep may have" '{seed: {values: 0..9999}, train.epochs: {values: 1..9999}}'
[ ! -e sweeps ] || fail "there is a sweep folder"
cases_end

# `data`: what is in a source, and which words bad data gets.
# shellcheck shell=sh disable=SC1091,SC2059,SC2154
. "$(dirname "$0")/lib.sh"

# IDX files: three images of 2x2 and as many labels as arguments.
idx_images() {
    printf '\0\0\10\3\0\0\0\3\0\0\0\2\0\0\0\2abcdefghijkl' >images.idx
}
idx_labels() {
    printf '\0\0\10\1\0\0\0' >labels.idx
    printf "\\$#" >>labels.idx
    for label; do printf "\\$label" >>labels.idx; done
}
# A gray PNG in each of the named files, made by the program itself.
pngs() {
    "$program" data "$digits" --sheet sheet.png >/dev/null
    for file; do
        mkdir -p "$(dirname "$file")"
        cp sheet.png "$file"
    done
}
bad_data() { # TEXT...: exit code 3, nothing on stdout, and these words
    expect_exit 3
    expect_empty stdout
    expect_stderr "metric-train: error:" "$@"
}

case_begin "the bundled digits"
run data "$digits" --shape 8x8
expect_exit 0
expect_empty stderr
expect_stdout "(csv)" "samples  1797 of 8x8, 1 channel, 8-bit" "values   0 to 16, mean 4.88416" "classes  10" \
    "sha256 46abec6b12486ad9e51943373abcf22bbea1b5a51a1619b361570d8893f1464a"

case_begin "JSON and CSV"
run data "$digits" --json
expect_exit 0
expect_stdout '"format": "csv", "samples": 1797, "shape": [64, 1, 1], "type": "u8", "min": 0, "max": 16,' \
    '"classes": [{"name": "0", "samples": 178}'
run data "$digits" --csv
expect_stdout "class,name,samples" "0,0,178" "9,9,180"
run data "$digits" --csv --json
expect_exit 2

case_begin "IDX, with and without labels"
idx_images
idx_labels 7 7 2
run data images.idx
expect_exit 0
expect_stdout "samples  3 of 2x2" "values   97 to 108"
expect_not_in stdout classes
run data images.idx --labels labels.idx --csv
expect_stdout "0,2,1" "1,7,2"

case_begin "images, nested and mixed in size"
pngs k/cat/1.png k/cat/deep/2.png k/dog/3.png
printf '0,1,1,1,1\n1,2,2,2,2\n' >small.csv
"$program" data small.csv --label 0 --sheet k/dog/4.png >/dev/null
run data k
expect_exit 0
expect_stdout "4 PNG, 0 JPEG; 4 gray" "heights" "samples  4 of 128x128" "cat" "dog"
run data k --shape 6x5 --channels rgb
expect_stdout "samples  4 of 6x5, 3 channels"

case_begin "contact sheets"
run data "$digits" --sheet s.png
expect_exit 0
run data "$digits" --sheet s.svg
expect_in s.svg "<svg" "data:image/png;base64," ">178</tspan>"
run data "$digits" --sheet s.gif
expect_exit 2
expect_stderr "--sheet: expected a name that ends in .png or .svg"
run data s.png --sheet t.png
expect_exit 3

case_begin "the splits of an experiment"
cat >run.yaml <<END
data:
  train: {format: csv, file: $digits, shape: [8, 8]}
  validation: {from: train, last: 97}
  test: {from: train, fraction: 0.2}
  max: 16
model: {backbone: [flatten, dense: {units: 2}]}
head: softmax
train: {epochs: 1}
END
run data run.yaml
expect_exit 0
expect_stdout "train (csv)" "validation (split)" "samples  97 of 8x8" "test (split)"
run data run.yaml --csv
expect_stdout "split,class,name,samples" "train,0,0," "test,0,0,36"

case_begin "options that do not fit"
run data "$digits" --labels x
expect_exit 2
expect_stderr "is read as csv, to which --labels does not apply"
run data "$digits" --shape 8by8
expect_exit 2
expect_stderr "--shape: expected height x width like 28x28"
run data "$digits" --header maybe
expect_exit 2
expect_stderr "--header: expected auto, yes or no, got 'maybe'"

case_begin "no such file"
run data nowhere.csv
bad_data "nowhere.csv: cannot open: No such file"

case_begin "truncated gzip"
head -c 30000 "$digits" >cut.csv.gz
run data cut.csv.gz
bad_data "cut.csv.gz: ends too early, after 30000 bytes"
(cat "$digits"; printf x) >long.csv.gz
run data long.csv.gz
bad_data "long.csv.gz: 1 bytes follow the end of the gzip data"

case_begin "images and labels that do not belong together"
idx_images
idx_labels 0 1
run data images.idx --labels labels.idx
bad_data "labels.idx: holds 2 labels for the 3 images of images.idx"

case_begin "ragged CSV"
printf '1,2,0\n3,4,1\n5,6\n' >ragged.csv
run data ragged.csv
bad_data "ragged.csv:3:4: has 2 fields where the first line has 3"

case_begin "label out of range"
printf '1,2,0\n3,4,1\n' >train.csv
printf '1,2,0\n3,4,2\n' >test.csv
cat >run.yaml <<'END'
data: {train: {format: csv, file: train.csv}, test: {format: csv, file: test.csv}}
model: {backbone: [dense: {units: 2}]}
head: softmax
train: {epochs: 1}
END
run data run.yaml
expect_exit 3
expect_stderr 'test.csv: label "2" of sample 1 is not one of the 2 classes of the training data'
run data run.yaml --set data.train.classes=1
expect_exit 3
expect_stderr "train.csv: label 1 of sample 1 is out of range; with classes: 1"

case_begin "unreadable image"
pngs k/cat/1.png k/dog/1.png
head -c 40 sheet.png >k/dog/2.png
run data k
bad_data "k/dog/2.png: is a damaged PNG file"
echo text >k/dog/2.png
run data k
bad_data "k/dog/2.png: is neither PNG nor JPEG"

case_begin "empty class folder"
pngs k/cat/1.png
mkdir k/dog
run data k
bad_data "k/dog: is the folder of a class and holds no images"

case_begin "exported samples are read back as they were"
run data "$digits" --label last --shape 8x8 --export all.csv
expect_exit 0
run data "$digits" --label last --shape 8x8 --export ten.csv --first 10
expect_exit 0
[ "$(wc -l <ten.csv)" -eq 11 ] || fail "ten.csv has $(wc -l <ten.csv) lines"
[ "$(head -n 1 all.csv | cut -d , -f 1,2,65)" = label,pixel0,pixel63 ] || fail "header: $(head -n 1 all.csv)"
gzip -dc "$digits" | awk -F , '{ printf "%d", $65; for (i = 1; i < 65; i++) printf ",%d", $i; print "" }' >expected
tail -n +2 all.csv >got
expect_same expected got
run data all.csv --label label --shape 8x8
expect_exit 0
expect_stdout "1797 of 8x8"
run data "$digits" --label last --shape 8x8 --export no.csv --first 1798
expect_exit 2
[ ! -e no.csv ] || fail "no.csv was written"

case_begin "what the network sees"
cat >run.yaml <<END
$(digits_data "" "fraction: 0.2")
  augment: [{rotate: 20}, equalize, {shift: 1}]
model: {backbone: [flatten, dense: {units: 2}]}
head: softmax
train: {epochs: 1, batch_size: 64}
END
run data run.yaml --augment run.yaml --sheet seen.png
expect_exit 0
expect_empty stderr
expect_file seen.png
cp stdout with
run data run.yaml --sheet plain.png --set data.augment=null
expect_same stdout with
if cmp -s seen.png plain.png; then fail "the two sheets are the same"; fi
run data run.yaml --augment run.yaml --sheet again.svg
expect_in again.svg "<svg" "data:image/png;base64,"
run data run.yaml --augment run.yaml
expect_exit 0
expect_stderr "the contact sheet is augmented.png"
expect_same seen.png augmented.png
run data run.yaml --augment run.yaml --sheet other.png --set seed=1
expect_exit 0
if cmp -s seen.png other.png; then fail "the seed changes nothing"; fi
run data run.yaml --augment run.yaml --sheet no.png --set data.augment=null
expect_exit 2
expect_stderr "data.augment: is not there"
run data run.yaml --augment nowhere.yaml --sheet no.png
expect_exit 3
expect_stderr "nowhere.yaml"
run data run.yaml --augment
expect_exit 2
[ ! -e no.png ] || fail "a sheet was written all the same"

case_begin "what the network sees of a file, as CONFIG's training reads it"
sed '/test:/d' "$work/$((case_number - 1))/run.yaml" >run.yaml
run data run.yaml --augment run.yaml --sheet expected.png
expect_exit 0
run data "$digits" --augment run.yaml --sheet shaped.png
expect_exit 0
expect_stdout "samples  1797 of 8x8"
expect_same shaped.png expected.png
run data "$digits" --shape 64x1 --augment run.yaml --sheet other.png --set 'data.augment=[{flip: {axis: vertical}}]'
expect_exit 0
expect_stdout "samples  1797 of 64x1"
run data "$digits" --augment run.yaml --sheet no.png --set 'data.augment=[{crop: {top: 4, bottom: 4}}]'
expect_exit 2
expect_stderr "data.augment: crop: the margins leave nothing of 8x8 samples"
run data "$digits" --shape 8x8 --set seed=1
expect_exit 2
expect_stderr "to which --set does not apply"

case_begin "what the network sees of a folder of images, in the sizes of CONFIG"
pngs k/cat/1.png k/dog/2.png
cat >run.yaml <<END
data:
  train: {format: images, dir: elsewhere, height: 20, width: 24, channels: rgb}
  augment: [equalize, {flip: {axis: horizontal}}]
model: {backbone: [flatten, dense: {units: 2}]}
head: softmax
train: {epochs: 1}
END
run data k --augment run.yaml
expect_exit 0
expect_stdout "samples  2 of 20x24, 3 channels"
expect_file augmented.png
run data k --augment run.yaml --channels gray --shape 10x12
expect_stdout "samples  2 of 10x12, 1 channel"

case_begin "predict, eval and embed see what training saw"
cat >run.yaml <<END
data:
  train: {format: csv, file: all.csv, shape: [8, 8]}
  max: 16
  augment: [{rotate: 20}, equalize, {crop: {left: 1, top: 2}}]
model: {backbone: [flatten, dense: {units: 8}]}
head: softmax
train: {epochs: 2, batch_size: 64, optimizer: {type: adam, lr: 0.01}}
output: {embeddings: [train]}
END
"$program" data "$digits" --shape 8x8 --export all.csv >/dev/null
run train run.yaml
expect_exit 0
made=$(cat stdout)
run embed "$made" --split train
expect_exit 0
expect_same stdout "$made/embeddings/train.csv"
cut -d , -f 4 stdout | tail -n +2 >seen
run predict "$made" all.csv --csv
expect_exit 0
cut -d , -f 2 stdout | tail -n +2 >predicted
expect_same seen predicted

case_begin "a transform that cannot be"
cat >run.yaml <<END
data:
  train: {format: csv, file: $digits, shape: [8, 8]}
  augment: [{crop: {top: 4, bottom: 4}}]
model: {backbone: [flatten, dense: {units: 2}]}
head: softmax
train: {epochs: 1}
END
run check run.yaml
expect_exit 2
expect_stderr "data.augment: crop: the margins leave nothing of 8x8 samples"

case_begin "an export replaces files alone, never a pipe or a folder"
mkfifo pipe
mkdir folder
echo old >file
ln -s file link
for name in pipe folder; do
    run data "$digits" --export "$name" --first 2
    expect_exit 1
    expect_stderr "$name: cannot write: "
done
[ -p pipe ] || fail "the pipe is gone"
run data "$digits" --export link --first 2
expect_exit 0
[ -h link ] || fail "the link is gone"
expect_in file "label,pixel0"
cases_end

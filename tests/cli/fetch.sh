# fetch-datasets: from a folder by file://, never from a network.
# shellcheck shell=sh disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

# Everything here is a copy: nothing that the script writes to may lead back to the real data.
mnist_copy() { # FOLDER
    mkdir -p "$1" && cp "$data"/mnist/*-ubyte.gz "$1" && chmod u+w "$1"/*
}

fetch() { # ARGUMENTS...: only from the folder `mirror` here, into ./to
    METRIC_TRAIN=$program "$root/scripts/fetch-datasets" --from "file://$PWD/mirror" -o to "$@" >stdout 2>stderr </dev/null
    status=$?
}
need_data() {
    if [ ! -f "$data/mnist/t10k-labels-idx1-ubyte.gz" ]; then
        skip "$data/mnist is not there"
    elif ! command -v curl >/dev/null; then
        skip "curl is not there, and wget knows no file://"
    fi
}
nothing_partial() {
    [ -z "$(find . -name '*.part')" ] || fail "left behind: $(find . -name '*.part')"
}

case_begin "fetches, verifies, and leaves alone what is there"
need_data
if ! is_skipped; then
    mnist_copy mirror
    fetch
    expect_exit 0
    expect_stderr "mnist/train-images-idx3-ubyte.gz: fetched, right" "mnist/t10k-labels-idx1-ubyte.gz: fetched, right"
    nothing_partial
    for file in to/mnist/*; do
        expect_same "$file" "mirror/${file##*/}"
    done
    rm -r mirror
    fetch mnist
    expect_exit 0
    expect_stderr "mnist/train-images-idx3-ubyte.gz: right"
    fetch --check
    expect_exit 0
fi

case_begin "files that were compressed in another way are right"
need_data
if ! is_skipped; then
    mnist_copy to/mnist
    gzip -dc "$data/mnist/t10k-labels-idx1-ubyte.gz" | gzip -1 >to/mnist/t10k-labels-idx1-ubyte.gz
    cmp -s to/mnist/t10k-labels-idx1-ubyte.gz "$data/mnist/t10k-labels-idx1-ubyte.gz" && fail "the same bytes"
    fetch --check
    expect_exit 0
fi

case_begin "a wrong download never gets the name"
need_data
if ! is_skipped; then
    mkdir mirror
    for file in train-images-idx3 train-labels-idx1 t10k-images-idx3; do
        head -c 1000 "$data/mnist/$file-ubyte.gz" >"mirror/$file-ubyte.gz" # cut short
    done
    echo wrong | gzip >mirror/t10k-labels-idx1-ubyte.gz
    fetch
    expect_exit 1
    expect_stderr "mirror/train-images-idx3-ubyte.gz: is not MNIST's file" "t10k-labels-idx1-ubyte.gz: no mirror had it; is there a network?"
    [ -z "$(ls to/mnist)" ] || fail "there is $(ls to/mnist)"
    nothing_partial
fi

case_begin "the next mirror is tried"
need_data
if ! is_skipped; then
    mkdir mirror to
    fetch --from "file://$data/mnist"
    expect_exit 0
    expect_stderr "mirror/train-images-idx3-ubyte.gz" "t10k-labels-idx1-ubyte.gz: fetched, right"
fi

case_begin "what is there and wrong is said, and kept"
mkdir -p to/mnist mirror
echo mine >to/mnist/t10k-labels-idx1-ubyte.gz
fetch --check
expect_exit 1
expect_stderr "to/mnist/t10k-labels-idx1-ubyte.gz: is there, and is not MNIST's file; move it away" "train-images-idx3-ubyte.gz: is not there"
expect_in to/mnist/t10k-labels-idx1-ubyte.gz mine
[ "$(ls to/mnist)" = t10k-labels-idx1-ubyte.gz ] || fail "--check brought something"

case_begin "without curl and wget"
mkdir bin
for tool in gzip head cut sha256sum sed mkdir rm find dirname cat ln; do
    ln -s "$(command -v $tool)" bin/$tool
done
PATH=$PWD/bin "$root/scripts/fetch-datasets" -o to >stdout 2>stderr
# shellcheck disable=SC2034 # expect_exit reads it
status=$?
expect_exit 1
expect_stderr "neither curl nor wget is there"

case_begin "Kaggle's form is made from MNIST"
need_data
if ! is_skipped; then
    mnist_copy to/mnist
    (cd to/mnist && cksum ./*) >before
    fetch kaggle-digits
    expect_exit 0
    (cd to/mnist && cksum ./*) >after
    expect_same before after
    expect_stderr "kaggle-digits/train.csv: made, right"
    [ "$(wc -l <to/kaggle-digits/train.csv)" -eq 42001 ] || fail "not 42,000 rows"
    nothing_partial
    fetch --check kaggle-digits
    expect_exit 0
    printf 'label,pixel0\n1,2\n' >to/kaggle-digits/train.csv
    fetch kaggle-digits
    expect_exit 1
    expect_stderr "is not 42,000 digits in Kaggle's form"
fi

case_begin "what has to be brought by hand is told"
mkdir mirror
fetch chest-xray omniglot
expect_exit 1
expect_stderr "https://github.com/muhammedtalo/COVID-19" "to/chest-xray/covid/" "https://github.com/brendenlake/omniglot"
for part in covid normal pneumonia; do
    mkdir -p to/chest-xray/$part
    : >to/chest-xray/$part/a.png
done
fetch chest-xray
expect_exit 0
expect_stderr "chest-xray: is there (3 files"

case_begin "wrong words"
fetch minst
expect_exit 2
expect_stderr "no data set is called 'minst'"
fetch --chek
expect_exit 2
expect_stderr "unknown option '--chek'"
cases_end

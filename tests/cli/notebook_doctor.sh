# What the doctor says of the experiments of configs/notebooks as they are, on generated samples of the same shapes and
# numbers of classes.
# shellcheck shell=sh disable=SC1091,SC2059,SC2154
. "$(dirname "$0")/lib.sh"

bytes() { # DECIMAL...
    for byte; do
        printf "\\$(printf %03o "$byte")"
    done
}
idx() { # FOLDER: all four files of MNIST, with forty images of ten classes
    mkdir -p "$1"
    for part in train t10k; do
        { bytes 0 0 8 3 0 0 0 40 0 0 0 28 0 0 0 28; head -c $((40 * 28 * 28)) "$program"; } | gzip >"$1/$part-images-idx3-ubyte.gz"
        {
            bytes 0 0 8 1 0 0 0 40
            for i in 1 2 3 4; do bytes 0 1 2 3 4 5 6 7 8 9; done
        } | gzip >"$1/$part-labels-idx1-ubyte.gz"
    done
}
kaggle() { # FOLDER: train.csv, with twenty images of ten classes
    mkdir -p "$1"
    awk 'BEGIN {
        printf "label"
        for (i = 0; i < 784; i++) printf ",pixel%d", i
        for (n = 0; n < 20; n++) {
            printf "\n%d", n % 10
            for (i = 0; i < 784; i++) printf ",%d", (n * 7 + i * 13) % 256
        }
        print "" }' >"$1/train.csv"
}
folders() { # FOLDER CLASS...: ten images of each
    to=$1
    shift
    "$program" data "$digits" --sheet image.png >/dev/null
    for class; do
        mkdir -p "$to/$class"
        for i in 0 1 2 3 4 5 6 7 8 9; do cp image.png "$to/$class/$i.png"; done
    done
}
cp -R "$root/configs" "$work/configs"
idx "$work/datasets/mnist"
kaggle "$work/datasets/kaggle-digits"
(cd "$work" && folders datasets/chest-xray covid normal viral && folders four normal bacterial viral covid)

check() { # RUN SETTING...: of configs/notebooks
    config=$work/configs/notebooks/$1.yaml
    shift
    run check "$config" --set train.batch_size=4 "$@"
    expect_exit 0
    # Of stages the name stands first; that N2 validates on its test images is said too.
    sed -n '/^warning: validation is/d; s/^warning: \(arcface: \|margin: \)\{0,1\}//p' stderr >warnings
}
silent() {
    [ ! -s warnings ] || {
        fail "is warned of"
        show warnings
    }
}
warned() { # WARNING...: these and no others
    expect_in warnings "$@"
    [ "$(wc -l <warnings)" -eq $# ] || {
        fail "there are other warnings"
        show warnings
    }
}

case_begin "N0: not warned of"
for name in softmax arcface arcface-corrected; do
    check "n0/$name" --set data.validation.last=10
    silent
    expect_stdout "10 classes in 3 dimensions"
done
expect_stdout "the margin can be met" "a local minimum, all class weights alike   loss near 6.935, embeddings 157 degrees"

case_begin "N1: of m 3 alone"
for name in softmax center center-corrected modified_softmax arcface-corrected; do
    check "n1/$name"
    silent
done
check n1/arcface
warned "the margin cannot be met: 10 classes in 20 dimensions stand at most 96.4 degrees (1.682 rad) apart" "collapse pays"

case_begin "N2: not warned of"
for name in softmax arcface curricularface curricularface-as-written; do
    check "n2/$name"
    silent
done

case_begin "N4: of s 6, m 2, with three classes and with the article's four"
for name in article article-reverse; do
    check "n4/$name"
    warned "collapse pays: with all embeddings opposite to their class the loss is 0.000408, at the best honest arrangement 0.793"
    check "n4/$name" --set "data.train.dir=$work/four"
    warned "the margin cannot be met: 4 classes in 64 dimensions stand at most 109.5 degrees (1.911 rad) apart" "collapse pays"
done
for name in baseline corrected baseline-best corrected-best; do
    check "n4/$name"
    silent
done
cases_end

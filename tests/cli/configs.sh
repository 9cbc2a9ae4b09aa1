# Every experiment under configs/ is right, and the published networks have the published numbers of parameters.
# shellcheck shell=sh disable=SC1091,SC2015,SC2034,SC2154
. "$(dirname "$0")/lib.sh"

tree() { # a copy of configs/ beside the data that this machine has
    cp -R "$root/configs" .
    mkdir datasets
    ln -s "$root/datasets/digits" datasets/digits
    for set in mnist chest-xray; do
        [ ! -d "$data/$set" ] || ln -s "$data/$set" "datasets/$set"
    done
}
kaggle() { # ROWS: what Kaggle's train.csv looks like
    mkdir datasets/kaggle-digits
    awk -v rows="$1" 'BEGIN {
        printf "label"
        for (i = 0; i < 784; i++) printf ",pixel%d", i
        for (n = 0; n < rows; n++) {
            printf "\n%d", n % 10
            for (i = 0; i < 784; i++) printf ",%d", (n * 7 + i * 13) % 256
        }
        print "" }' >datasets/kaggle-digits/train.csv
}

with_bases() { # CONFIG: its text, and that of all that it extends
    cat "$1"
    sed -n 's/^extends: *//p' "$1" | while read -r base; do
        with_bases "$(dirname "$1")/$base"
    done
}

for config in "$root"/configs/*/*.yaml "$root"/configs/notebooks/*/*.yaml; do
    name=${config#"$root"/}
    case $name in
    configs/backbones/* | */base.yaml | */warm-up.yaml | configs/notebooks/claims.yaml | configs/notebooks/published.yaml) continue ;;
    esac
    case_begin "$name is right"
    tree
    needs=$(with_bases "$config" | grep -o '^[^#]*datasets/[a-z-]*' | grep -o 'datasets/[a-z-]*' | sort -u)
    [ -n "$needs" ] || fail "names no data"
    set --
    case $needs in
    *datasets/kaggle-digits*)
        kaggle 60
        set -- --set data.validation.last=10 --set train.batch_size=8
        ;;
    esac
    for folder in $needs; do
        [ -d "$folder" ] || skip "$folder is not there"
    done
    if ! is_skipped; then
        run check "$name" "$@"
        expect_exit 0
        case $name in
        configs/notebooks/*) ;; # as published, faults and all
        *) expect_not_in stderr warning ;;
        esac
    fi
done

bytes() { # DECIMAL...
    for byte; do
        # shellcheck disable=SC2059
        printf "\\$(printf %03o "$byte")"
    done
}
parameters() { # BACKBONE HEAD CLASSES TOTAL [SIDE]: images of 28x28x1, or of SIDExSIDEx3
    cp -R "$root/configs/backbones" .
    if [ $# -eq 5 ]; then
        { bytes 0 0 8 4 0 0 0 12 0 0 0 "$5" 0 0 0 "$5" 0 0 0 3; head -c $((12 * $5 * $5 * 3)) /dev/zero; } >images
    else
        { bytes 0 0 8 3 0 0 0 12 0 0 0 28 0 0 0 28; head -c $((12 * 28 * 28)) /dev/zero; } >images
    fi
    bytes 0 0 8 1 0 0 0 12 0 1 2 3 0 1 2 3 0 1 2 3 >labels
    cat >exp.yaml <<END
data: {train: {format: idx, images: images, labels: labels, classes: $3}}
model: {backbone: backbones/$1.yaml}
head: {type: $2}
train: {epochs: 1, batch_size: 4}
END
    run check exp.yaml
    expect_exit 0
    expect_stdout "$4"
}
case_begin "N0 with softmax: 55,693 parameters"
parameters n0-3d softmax 10 55,693
case_begin "N0 with ArcFace: 55,683"
parameters n0-3d arcface 10 55,683
case_begin "N1 with softmax: 223,622, 448 of them moving statistics"
parameters n1 softmax 10 223,622
expect_stdout 223,174
case_begin "N2 with CurricularFace: 98,849"
parameters n2 curricularface 10 98,849
case_begin "N4 with softmax: 11,216,452, of them trained 11,216,260"
parameters n4 softmax 4 11,216,452 224
expect_stdout 11,216,260
cases_end

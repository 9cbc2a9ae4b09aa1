# What surrounds the program does not change what it computes: a decimal comma, Turkish letters, a clock that is wrong.
# shellcheck shell=sh disable=SC1091,SC2015,SC2154
. "$(dirname "$0")/lib.sh"

cat >"$work/exp.yaml" <<END
name: tiny
$(digits_data "fraction: 0.2" "fraction: 0.2")
model: {backbone: [flatten, {dense: {units: 3}}]}
head: {type: arcface, s: 8.5, m: 0.25}
train: {epochs: 2, batch_size: 64, optimizer: {type: adam, lr: 3e-3}, schedule: {type: cosine, warmup_epochs: 1}}
END
sums() { # FOLDER: checksums of the files of its runs, but for those that hold times
    (cd "$1" && find . -type f ! -name lock ! -name log.txt ! -name status.json ! -name timing.csv ! -name environment.json \
        ! -name report.html -exec cksum {} + | sort -k 3)
}
outputs() { # FOLDER: trains two runs in it, and has them printed in many ways; the last column of `compare` holds a time
    run train "$work/exp.yaml" -q -o "$1"
    expect_exit 0
    run train "$work/exp.yaml" -q -o "$1" --set head.m=0.125
    expect_exit 0
    sums "$1" >"$1.sums"
    {
        "$program" compare "$1"/tiny-*/ --csv | sed "s|$1/||g"
        "$program" list keys
        "$program" list heads --json
        "$program" show "$work/exp.yaml"
        "$program" check "$work/exp.yaml" --json
        "$program" data "$digits"
        "$program" eval "$(find "$1" -maxdepth 1 -name 'tiny-*' | sort | head -n 1)" --json | sed "s|$1/||g"
    } >"$1.said" 2>/dev/null
}
# The report without what it tells of times and of the machine: figures, captions, and the coordinates of charts.
charts() { # FOLDER
    cat "$1"/tiny-*/plots/*.svg
}

plain=$work/plain
case_begin "runs, comparisons, listings and reports"
outputs "$plain"
[ "$(wc -l <"$plain.sums")" -gt 40 ] || fail "hardly a file was compared"
[ "$(wc -l <"$plain.said")" -gt 100 ] || fail "hardly a line was printed: $(cat "$plain.said")"

for language in de_DE tr_TR; do
    case_begin "the same under $language.UTF-8"
    if localedef -i $language -f UTF-8 ./$language.UTF-8 >/dev/null 2>&1 || [ -e ./$language.UTF-8/LC_NUMERIC ]; then
        [ "$(LOCPATH=$PWD LC_ALL=$language.UTF-8 locale decimal_point)" = , ] || fail "the locale has no decimal comma"
        LOCPATH=$PWD LC_ALL=$language.UTF-8
        export LOCPATH LC_ALL
        outputs foreign
        charts foreign >charts
        unset LOCPATH LC_ALL
        charts "$plain" >plain.charts
        expect_same foreign.sums "$plain.sums"
        expect_same foreign.said "$plain.said"
        expect_same charts plain.charts
    else
        skip "localedef cannot make $language"
    fi
done

# ASan does not go together with a library loaded before it.
for clock in -10y '1970-01-02 12:00:00' '2040-01-01 00:00:00'; do
    case_begin "the same by a clock that says $clock"
    if faketime -f "$clock" "$program" --version >stdout 2>stderr && [ -s stdout ]; then
        faketime -f "$clock" "$program" train "$work/exp.yaml" -q -o late >stdout 2>stderr </dev/null
        status=$?
        expect_exit 0
        faketime -f "$clock" "$program" train "$work/exp.yaml" -q -o late --set head.m=0.125 >stdout 2>stderr </dev/null
        sums late >late.sums
        expect_same late.sums "$plain.sums"
        cut -d , -f 2- late/tiny-*/timing.csv | grep -E '(^|,)-' && fail "a time went backwards"
    else
        skip "faketime is not there, or does not go together with this build"
    fi
done
cases_end

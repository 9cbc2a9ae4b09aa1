#!/bin/sh
# Names that are hostile text, through all commands: tests/torture/names with a dozen names.
. "$(dirname "$0")/lib.sh"

case_begin "other readers find the very names in what is written, and terminals no control characters"
if ! command -v python3 >/dev/null; then
    skip "python3 is not there"
elif ! python3 -c 'import pty; pty.openpty()' 2>/dev/null; then
    skip "no terminal can be opened (is /dev/pts mounted?)"
else
    METRIC_TRAIN=$program TORTURE_SEED=0 python3 "$root/tests/torture/names" --few --rounds 1 >stdout 2>stderr
    status=$?
    expect_exit 0
    [ "$(grep -c '^figure.*	0	' stdout)" = 2 ] || fail "$(cat stdout)"
fi

case_begin "a name that a spreadsheet takes for a formula is announced, and stays as it is"
cat >exp.yaml <<-END
	data: {train: {format: csv, file: data.csv, label: kind}, test: {from: train, fraction: 0.3}}
	model: {backbone: [flatten, {dense: {units: 3}}]}
	head: softmax
	train: {epochs: 1, batch_size: 8}
END
i=0
echo a,b,kind >data.csv
while [ $i -lt 20 ]; do
    echo "$i,3,=HYPERLINK(1)" && echo "3,$i,-1" && echo "$i,$i,plain"
    i=$((i + 1))
done >>data.csv
run train exp.yaml -o runs -q --no-report
expect_exit 0
expect_stderr 'warning: the class name "=HYPERLINK(1)" looks like a formula to a spreadsheet'
run=$(cat stdout)
expect_in "$run/embeddings/centers.csv" ",=HYPERLINK(1)," ",-1,"
run predict "$run" data.csv --csv
expect_stderr 'the field "=HYPERLINK(1)" and ' "formulas"
run embed "$run"
expect_stderr "formulas"
expect_stdout "=HYPERLINK(1)"
run predict "$run" data.csv --json
expect_not_in stderr formula

case_begin "values in the tables of a sweep stand as YAML has them, where none is a formula"
cat >exp.yaml <<-END
	data: {train: {format: csv, file: data.csv, label: kind}, test: {from: train, fraction: 0.3}}
	model: {backbone: [flatten, {dense: {units: 3}}]}
	head: softmax
	train: {epochs: 1, batch_size: 8}
	sweep: {metric: {name: test_accuracy}, parameters: {data.train.label: {values: ["@x", "-a-b", "=1+1", "+x"]}}}
END
i=0
echo a,@x,-a-b,=1+1,+x >data.csv
while [ $i -lt 40 ]; do
    echo "$i,$((i % 2)),$((i % 3)),$((i % 4)),$((i % 5))"
    i=$((i + 1))
done >>data.csv
run sweep exp.yaml -o s --threads 1
expect_exit 0
expect_in s/results.csv ',"""@x""",' ',"""-a-b""",' ',"""=1+1""",'
for file in s/*.csv; do
    if grep -E '(^|,)"?[=+@-][^0-9.]' "$file" >found; then
        fail "a formula in $file: $(head -n 1 found)"
    fi
done

cases_end

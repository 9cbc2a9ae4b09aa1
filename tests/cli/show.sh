# `show`: everything filled in, where values come from, and that what it prints is the same experiment.
# shellcheck shell=sh disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

experiment() {
    cat >base.yaml <<'END'
data:
  train: {format: csv, file: train.csv}
model:
  backbone: net.yaml
train: {epochs: 3, optimizer: {type: sgd, lr: 0.5}}
head: {type: arcface, s: 16}
END
    cat >net.yaml <<'END'
- flatten
- dense: {units: 3}
END
    printf 'extends: base.yaml\nhead: {margin: 0.25}\n' >run.yaml
}

case_begin "defaults, bases and --set, each with its place"
experiment
run show run.yaml --origin --set seed=7 -s train.epochs=5
expect_exit 0
expect_empty stderr
tr -s ' ' <stdout >lines
expect_in lines "seed: 7 # --set" " epochs: 5 # --set" " s: 16 # base.yaml:6" " m: 0.25 # run.yaml:2" " lr: 0.5 # base.yaml:5" \
    " units: 3 # net.yaml:2" " batch_size: 32 # default"

case_begin "what is printed is the same experiment"
experiment
run show run.yaml
mv stdout first.yaml
mkdir away
mv first.yaml away
run show away/first.yaml
expect_exit 0
expect_same stdout away/first.yaml

case_begin "a default that hangs on other keys is told"
experiment
run show run.yaml --origin
tr -s ' ' <stdout >lines
expect_in lines " grad: exact # default"
run show run.yaml --set head.m=2
expect_stdout "  grad: detached"
run show run.yaml --set 'head={type: combined, m1: 3, m2: 0.1}'
expect_stdout "  grad: detached"
run show run.yaml --set 'head={type: center, rule: facenet}'
expect_stdout "  lambda: 0.5" "  alpha: 0.9" "  centers: zeros"

case_begin "JSON"
experiment
run show run.yaml --json --origin
expect_exit 0
expect_stdout '"m": {"value": 0.25, "origin": "run.yaml:2"}'
if command -v python3 >/dev/null; then
    python3 -c 'import json, sys; assert json.load(open("stdout"))["head"]["s"]["value"] == 16' 2>errors || fail "$(cat errors)"
fi

case_begin "all problems at once, with their places"
experiment
printf 'train: {epoch: 3}\ntrain: {epochs: 3}\n' >>run.yaml
run show run.yaml --set hed.m=3
expect_exit 2
expect_empty stdout
expect_stderr "run.yaml:4:1: error: duplicate key 'train', first on line 3" "run.yaml:3:9: error: unknown key 'epoch' in 'train'; did you mean 'epochs'?" \
    "    3 | train: {epoch: 3}" "--set hed.m=3: error: unknown key 'hed'; did you mean 'head'?" "3 errors"

case_begin "wrong type, out of range, a head asked for with m out of range"
experiment
run show run.yaml --set head.m=4 --set train.epochs=many --set train.batch_size=0
expect_exit 2
expect_stderr "--set head.m=4: error: head.m: expected a number in [0, pi] rad or auto, got 4" \
    "--set train.epochs=many: error: train.epochs: expected an integer in [1, 1000000] epochs, got 'many'" \
    "--set train.batch_size=0: error: train.batch_size: expected an integer in [1, 65536] samples, got 0" "3 errors"

case_begin "bombs are refused at once"
awk 'BEGIN { for (i = 0; i < 20000; i++) printf "[" }' >deep.yaml
run show deep.yaml
expect_exit 2
expect_stderr "deep.yaml:1:17: error: nested deeper than 16 levels"
awk 'BEGIN {
    print "a0: &a0 [x, x, x, x, x, x, x, x, x, x]"
    for (i = 1; i < 10; i++) {
        printf "a%d: &a%d [", i, i
        for (j = 0; j < 10; j++) printf "*a%d, ", i - 1
        print "]"
    }
}' >laughs.yaml
run show laughs.yaml
expect_exit 2
expect_stderr "more than 100000 values and keys"

case_begin "a file that is not there"
run show nowhere.yaml
expect_exit 3
expect_stderr "nowhere.yaml: cannot open: No such file or directory"
cases_end

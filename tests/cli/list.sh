# `list`: what there is, in every notation; and the reference page is what the tables say.
# shellcheck shell=sh disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

case_begin "the overview names every table"
run list
expect_exit 0
expect_stdout "heads" "arcface" "layers" "dense" "optimizers" "adam" "schedules" "cosine" "formats" "idx" "keys"

case_begin "one table"
run list heads
expect_exit 0
expect_stdout "curricularface" "t_rule" "also written margin"
run list heads --csv
expect_stdout "head,key,type,required,default,values,unit,alias,help" "arcface,m,number,no,0.5"

case_begin "JSON is JSON"
if command -v python3 >/dev/null; then
    for words in "list" "list keys" "list layers" "list formats"; do
        # shellcheck disable=SC2086 # two words
        run $words --json
        expect_exit 0
        python3 -c 'import json; json.load(open("stdout"))' 2>errors || fail "$words --json: $(cat errors)"
    done
    run list --json-schema
    python3 -c 'import json; assert json.load(open("stdout"))["properties"]["head"]' 2>errors || fail "schema: $(cat errors)"
else
    skip "python3 is not there"
fi

case_begin "docs/reference.md is what the tables say"
run list --markdown
expect_exit 0
if ! diff "$root/docs/reference.md" stdout >changes; then
    fail "docs/reference.md is stale; renew it with: metric-train list --markdown > docs/reference.md"
    show changes
fi

case_begin "a wrong word"
run list hads
expect_exit 2
expect_stderr "did you mean 'heads'?"
run list keys --json --csv
expect_exit 2
run list --csv
expect_exit 2
cases_end

# Gradients against finite differences, from the command line.
# shellcheck shell=sh disable=SC1091
. "$(dirname "$0")/lib.sh"

case_begin "a head and a layer pass"
run gradcheck cosface relu
expect_exit 0
expect_stdout "cosface" "relu" " 0 failed, 0 numbers not finite"

case_begin "every case as CSV"
run gradcheck --all --csv modified_softmax
expect_exit 0
expect_stdout "what,rule,mode,cases,error,tolerance,nonfinite,result,setting,case" "zero embedding" "two classes"

case_begin "JSON"
run gradcheck --json softmax
expect_exit 0
expect_stdout '"what": "softmax"' '"result": "pass"'

case_begin "one form at a time"
run gradcheck --json --csv softmax
expect_exit 2
expect_stderr "--json and --csv exclude each other"

case_begin "a name that is not there"
run gradcheck arcfase
expect_exit 2
expect_stderr "arcfase" "list heads"

cases_end

# Help, wrong words and unwritable output.
# shellcheck shell=sh disable=SC1091,SC2015,SC2034,SC2154
. "$(dirname "$0")/lib.sh"

case_begin "no verb: short help, exit 2"
run
expect_exit 2
expect_stderr "usage: metric-train"
expect_empty stdout

case_begin "--help goes to stdout"
run --help
expect_exit 0
expect_stdout "train" "check" "list"
expect_empty stderr

case_begin "--version"
run --version
expect_exit 0
expect_stdout "metric-train "

case_begin "every command has --help with an example"
run --help
sed -n 's/^  \([a-z]\{3,\}\) .*/\1/p' stdout >verbs
[ "$(wc -l <verbs)" -ge 8 ] || fail "only $(wc -l <verbs) commands in --help"
while read -r verb; do
    run "$verb" --help
    expect_exit 0
    expect_stdout "usage: metric-train $verb" "example" "metric-train $verb"
done <verbs

case_begin "a wrong command"
run tarin x.yaml
expect_exit 2
expect_stderr "tarin" "did you mean" "train"

case_begin "a wrong option"
run train x.yaml --thread 2
expect_exit 2
expect_stderr "--thread" "did you mean" "--threads"

case_begin "an option without its value"
run train x.yaml --threads
expect_exit 2
expect_stderr "--threads"

case_begin "a value out of range"
run train x.yaml --threads 0
expect_exit 2
expect_stderr "--threads"

case_begin "too few words"
run train
expect_exit 2
expect_stderr "CONFIG"

case_begin "full standard output"
"$program" list heads >/dev/full 2>stderr
status=$?
expect_exit 1
expect_stderr "standard output"

case_begin "list prints every table"
for table in heads layers optimizers schedules transforms formats keys; do
    run list $table
    expect_exit 0
    [ $table = transforms ] || expect_file stdout
    run list $table --json
    expect_exit 0
    case $(head -c 1 stdout) in
    '[' | '{') ;;
    *) fail "list $table --json is no JSON" ;;
    esac
done

case_begin "list with a wrong word"
run list haeds
expect_exit 2
expect_stderr "heads"
case_begin "a stack that is too small is said, not run into"
status=0
sh -c 'ulimit -s 512 && exec "$@"' sh "$program" list heads >stdout 2>stderr || status=$?
expect_exit 1
expect_stderr "the stack is limited to 512 KiB" "ulimit -s"
cases_end

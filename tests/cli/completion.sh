# The completion scripts load in their shells and offer what the command table has; the manual page has every command.
# shellcheck shell=sh disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

case_begin "bash: commands, options, choices"
run completion bash
expect_exit 0
cat >try.bash <<'END'
. ./stdout
offer() {
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
    _metric_train
    echo "$*: ${COMPREPLY[*]}"
}
offer metric-train he
offer metric-train --v
offer metric-train help --m
offer metric-train help compl
offer metric-train completion z
offer metric-train list he
offer metric-train show C
offer metric-train nothing xyz
END
if command -v bash >/dev/null; then
    bash -u try.bash >offers 2>&1
    expect_in offers "metric-train he: help" "metric-train --v: --version" "metric-train help --m: --man" \
        "metric-train help compl: completion" "metric-train completion z: zsh" \
        "metric-train list he: heads"
    grep -qx "metric-train show C: " offers || fail "CONFIG is no word to offer"
    [ "$(tail -n 1 offers)" = "metric-train nothing xyz: " ] || fail "an offer where there is none"
else
    skip "bash is not there"
fi

case_begin "zsh loads its script"
run completion zsh
expect_exit 0
expect_stdout "#compdef metric-train" "'help:"
if command -v zsh >/dev/null; then
    zsh -n stdout 2>errors || fail "zsh does not read it"
    expect_empty errors
else
    skip "zsh is not there"
fi

case_begin "fish loads its script"
run completion fish
expect_exit 0
expect_stdout "complete -c metric-train"
if command -v fish >/dev/null; then
    fish -n stdout 2>errors || fail "fish does not read it"
    expect_empty errors
else
    skip "fish is not there"
fi

case_begin "another shell"
run completion tcsh
expect_exit 2
expect_stderr "bash, zsh or fish" "tcsh"

case_begin "the manual page has every command"
run --help
sed -n 's/^  \([a-z]\{3,\}\) .*/\1/p' stdout >verbs
run help --man
expect_exit 0
while read -r verb; do
    expect_stdout ".SS \"$verb"
done <verbs
if command -v groff >/dev/null; then
    groff -man -ww -z -Tutf8 stdout 2>errors || fail "groff does not read it"
    expect_empty errors
fi
cases_end

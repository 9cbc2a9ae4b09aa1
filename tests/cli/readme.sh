# What README.md and docs/ say is so: the experiment is right, and commands, heads and their keys are those that there are.
# shellcheck shell=sh disable=SC1091,SC2016,SC2034,SC2154
. "$(dirname "$0")/lib.sh"

cells() { # TITLE COLUMN: a column of the table of README.md whose first title is TITLE, words in backquotes, one per line
    awk -F ' [|]|[|] ' -v title="$1" -v column="$2" '
        $2 == title { inside = 1; next }
        !/^[|]/ { inside = 0 }
        inside && !/^[|] ---/ { print $column }' "$root/README.md" | grep -o '`[^`]*`' | tr -d '`'
}

case_begin "the experiment of the README is right"
awk '/^```/ { inside = $0 == "```yaml" && !seen++; next } inside' "$root/README.md" >readme.yaml
ln -s "$root/datasets" datasets
run check readme.yaml
expect_exit 0

case_begin "the commands of the README are those of --help"
cells command 2 | sed 's/ .*//' | sort >readme
run --help
sed -n 's/^  \([a-z]\{3,\}\) .*/\1/p' stdout | grep -v '^help$' | sort >program
expect_same readme program
[ "$(wc -l <readme)" -ge 9 ] || fail "the table was not found"

case_begin "the heads of the README are those of the program"
cells head 2 >readme
run list heads --csv
sed 1d stdout | cut -d , -f 1 | sort -u >program
sort readme | cmp -s - program || fail "README: $(tr '\n' ' ' <readme), program: $(tr '\n' ' ' <program)"
while read -r head; do
    grep -F "| \`$head\` |" "$root/README.md" | cut -d '|' -f 4- | grep -o '`[a-z0-9_]*`' | tr -d '`' | while read -r key; do
        grep -q "^$head,$key," stdout || echo "$head has no key $key"
    done
done <readme >wrong
expect_empty wrong

case_begin "every link leads to a file"
for page in "$root/README.md" "$root"/docs/*.md; do
    grep -o ']([^)]*)' "$page" | sed 's/^](//; s/[#)].*//' | grep -v ':' | while read -r link; do
        [ -e "$(dirname "$page")/$link" ] || echo "$page: $link"
    done
done >broken
expect_empty broken
cases_end

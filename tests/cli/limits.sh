# docs/limits.md against the code: every number, and every limit of the readers.
# shellcheck shell=sh disable=SC1091,SC2016,SC2154
. "$(dirname "$0")/lib.sh"

page=$root/docs/limits.md

# FILE NAME: the value that the file defines, as a number.
defined() {
    sed -n "s/^#define $2[ \t]\{1,\}//p" "$root/$1" |
        sed 's|/\*.*||; s/([a-z_0-9]*_t)//g; s/U\{0,1\}INT64_C//g' |
        while IFS= read -r text; do eval "echo \$(($text))"; done
}
# TEXT: "65,536", "64 MiB" as a number.
said() {
    number=$(printf %s "$1" | sed 's/,//g; s/ *[KMG]iB//')
    case $1 in
    *KiB) echo $((number << 10)) ;;
    *MiB) echo $((number << 20)) ;;
    *GiB) echo $((number << 30)) ;;
    *) echo "$number" ;;
    esac
}

case_begin "the numbers of the page are those of the code"
sed -n 's/^| [^|]* | \([^|]*\) | `\(lib[^`]*\)` `\([A-Z_]*\)` | .*/\2 \3 \1/p' "$page" >"$work/rows"
[ "$(wc -l <"$work/rows")" -ge 30 ] || fail "$(wc -l <"$work/rows") rows"
while read -r file name number; do
    want=$(defined "$file" "$name")
    [ "$want" = "$(said "$number")" ] || fail "$file: $name is $want, and the page says $number"
done <"$work/rows"

case_begin "every limit of the readers is on the page"
for file in "$root"/lib/data/*.[ch] "$root"/lib/conf/*.h; do
    sed -n 's/^#define \([A-Z_]*MAX_[A-Z_]*\|[A-Z_]*LONGEST[A-Z_]*\) .*/\1/p' "$file" |
        while read -r name; do echo "lib/${file##*/lib/} $name"; done
done | grep -v 'csv_rows.c MAX_CHUNKS' >limits
[ -s limits ] || fail "none was found"
while read -r file name; do
    grep -q "^$file $name " "$work/rows" || fail "$name of $file is not on the page"
done <limits
cases_end

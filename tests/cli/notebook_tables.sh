# notebook-tables: the part between the markers is replaced, and nothing else.
# shellcheck shell=sh disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

tables() {
    METRIC_TRAIN=$program "$root/scripts/notebook-tables" -o "$PWD/runs" "$@" >stdout 2>stderr </dev/null
    # shellcheck disable=SC2034 # expect_exit reads it
    status=$?
}
page() {
    printf 'before\n<!-- tables: begin (scripts/notebook-tables) -->\nold\n<!-- tables: end -->\nafter\n' >page.md
}

case_begin "tables come between the markers, once"
mkdir runs
page
tables page.md
expect_exit 0
expect_in page.md "### n0" "### n4" "not run" "after"
expect_not_in page.md old
[ "$(head -n 1 page.md)" = before ] && [ "$(tail -n 1 page.md)" = after ] || fail "what is around changed"
cp page.md first.md
tables page.md
expect_exit 0
expect_same page.md first.md
tables --check page.md
expect_exit 0
sed -i 's/^| n0-compact .*/| n0-compact |/' page.md
tables --check page.md
expect_exit 1
expect_stderr "its tables are not those of"
expect_in page.md "| n0-compact |"

case_begin "what is wrong is said, and the page kept"
mkdir runs
echo "no markers" >page.md
tables page.md
expect_exit 1
expect_stderr "has to have one line"
printf '<!-- tables: end -->\n<!-- tables: begin (scripts/notebook-tables) -->\n' >page.md
tables page.md
expect_exit 1
expect_stderr "the end marker stands before"
page
METRIC_TRAIN=$program "$root/scripts/notebook-tables" -o nowhere page.md >stdout 2>stderr
# shellcheck disable=SC2034
status=$?
expect_exit 1
expect_stderr "there are no runs"
expect_in page.md old
tables --chek
expect_exit 2

case_begin "the committed page has its markers"
for marker in '<!-- tables: begin (scripts/notebook-tables) -->' '<!-- tables: end -->'; do
    [ "$(grep -cxF -e "$marker" "$root/docs/notebooks.md")" = 1 ] || fail "not one line $marker"
done
cases_end

# report: one page that stands alone, whatever the runs are called and their classes say.
# shellcheck shell=sh disable=SC1091,SC2016,SC2154
. "$(dirname "$0")/lib.sh"

# Class names as bad as they come, in place of the digits; U+2028 is octal 342 200 250.
line=$(printf '\342\200\250')
base=$work/base
mkdir "$base"
gzip -dc "$digits" | head -n 401 | awk -F, -v OFS=, -v line="$line" '
    BEGIN {
        name[0] = "</script><script>document.title=1</script>"; name[1] = "<!--"; name[2] = "a" line "b"; name[3] = "\"\"&amp;'"'"'"
        name[4] = "<img src=x onerror=document.title=2>"
        for (i = 5; i < 10; i++) name[i] = "class " i
    }
    NR == 1 && !/^[0-9]/ { print; next }
    { $NF = "\"" name[$NF] "\""; print }' >"$base/digits.csv"
digits=$base/digits.csv
cat >"$base/softmax.yaml" <<END
name: plain
$(digits_data "" "fraction: 0.3")
model:
  backbone: [flatten: {}, dense: {units: 3}]
  normalize: true
head: softmax
train: {epochs: 2, batch_size: 32, optimizer: {type: adam, lr: 1e-2}}
END
sed -e 's/name: plain/name: wide/' -e 's/units: 3/units: 6/' -e 's/head: softmax/head: {type: curricularface, s: 8, m: 0.2}/' \
    "$base/softmax.yaml" >"$base/wide.yaml"
(
    cd "$base" || exit 1
    "$program" train softmax.yaml -q >plain.txt && "$program" train wide.yaml -q --no-report >wide.txt
) 2>"$work/base.err" || bail_out "the runs to report on failed" "$work/base.err"
both=$work/both.html
plain=$base/$(cat "$base/plain.txt") wide=$base/$(cat "$base/wide.txt")

# The page without what it embeds: one line per tag, without the content of scripts and styles.
tags() { # FILE
    tr '\n' ' ' <"$1" | sed 's/<script/\n<script/g; s/<style/\n<style/g; s/<\/script>/\n/g; s/<\/style>/\n/g' |
        sed 's/^\(<script[^>]*>\).*/\1/; s/^<style>.*/<style>/' | sed 's/</\n</g' | grep '^<'
}

case_begin "train leaves a report in the run folder, and none where it shall not"
[ ! -s "$work/base.err" ] || { fail "training said:"; show "$work/base.err"; }
expect_file "$plain/report.html"
[ ! -e "$wide/report.html" ] || fail "--no-report left one"
expect_in "$plain/report.html" '<!DOCTYPE html>' "$(basename "$plain")" '</html>'

case_begin "a report that cannot be written is a warning"
run train "$base/wide.yaml" -q -o runs
expect_exit 0
[ -e "$(cat stdout)/report.html" ] || fail "there is no report"
rm "$(cat stdout)/report.html"
mkdir "$(cat stdout)/report.html"
run train "$base/wide.yaml" -q -o runs --force
expect_exit 0
expect_stderr "warning: no report was written"

case_begin "the page of two runs asks for nothing and runs nothing of others"
run report "$plain" "$wide" -o "$both"
expect_exit 0
[ "$(cat stdout)" = "$both" ] || fail "stdout does not name the file"
tags "$both" >tags
for part in results settings points training angles confusion classes mistakes circumstances; do
    grep -q "^<section id=$part " tags || fail "there is no part $part"
done
expect_in "$both" "default-src 'none'" "base-uri 'none'" "form-action 'none'"
grep -E '^<(link|iframe|object|embed|form|base|audio|video)[ >]' tags >foreign
grep -E '^<[^>]* (src|href|action|srcset)="?' tags | grep -vE ' (src="data:image/png;base64,|href=#)' >>foreign
grep -E '^<[a-z]+ [^>]* on[a-z]+=' tags >>foreign
expect_empty foreign
[ "$(grep -c '^<script' tags)" -le 3 ] || fail "there are more scripts than the report's own"
[ "$(grep -c '^<svg' tags)" -ge 10 ] || fail "there are few static pictures: $(grep -c '^<svg' tags)"
[ "$(grep -c '^<img' tags)" -ge 1 ] || fail "there are no images of mistakes"

case_begin "what classes are called is text"
expect_not_in "$both" '<script>document.title'
expect_not_in "$both" '<img src=x'
expect_not_in "$both" "$line"
expect_in "$both" '&lt;/script&gt;&lt;script&gt;document.title=1' '\u003c/script\u003e' '\u003c!--' 'a\u2028b' '&lt;!--' '&amp;amp;'

case_begin "the policy names the page's own script by its hash"
sed -n '/^<script>/,/<\/script>$/p' "$both" | sed '1s/^<script>//; s/<\/script>$//' >lines
head -c -1 lines >script.js
[ -s script.js ] || fail "the script was not found"
if command -v openssl >/dev/null; then
    expect_in "$both" "'sha256-$(openssl dgst -sha256 -binary script.js | base64)'"
else
    skip "openssl is not installed"
fi

case_begin "the same runs give the same page"
run report "$plain" "$wide" -o again.html
expect_same "$both" again.html

case_begin "data that is gone leaves the images out, and says so"
run report "$plain" -o here.html
expect_exit 0
expect_in here.html 'data:image/png'
mv "$base/digits.csv" "$base/elsewhere.csv"
run report "$plain" -o gone.html
expect_exit 0
expect_not_in gone.html 'data:image/png'
expect_in gone.html 'There are no images' 'digits.csv' 'taken for'
(cat "$base/elsewhere.csv" && head -n 2 "$base/elsewhere.csv" | tail -n 1) >"$base/digits.csv"
run report "$plain" -o changed.html
expect_in changed.html 'There are no images' 'has changed since'
mv "$base/elsewhere.csv" "$base/digits.csv"
run report "$plain" --no-images -o - 
mv stdout none.html
expect_not_in none.html 'data:image/png'

case_begin "embeddings are drawn at length 1 where the head looks at angles alone, as plots/*.svg are"
cp -r "$plain" raw
sed 's/normalize: true/normalize: false/' "$plain/config.yaml" >raw/config.yaml
awk -F, -v OFS=, 'NR > 1 { for (i = 5; i <= 7; i++) $i *= 2 } 1' "$plain/embeddings/test.csv" >raw/embeddings/test.csv
cp -r raw angular
cp "$plain/config.yaml" angular
run report raw -o raw.html
expect_not_in raw.html 'at length 1, on the unit'
expect_in raw.html '"dim":3,"embeddings":true,"unit":false'
run report angular -o angular.html
expect_in angular.html 'at length 1, on the unit sphere' '"dim":3,"embeddings":true,"unit":true'

case_begin "a sweep's answer comes first, then runs of its cells, the best before the others"
mkdir -p sweep/runs
cp -r "$plain" "$wide" sweep/runs
printf 'index,cell,head.s,run\n0,0,8,%s\n1,1,<b>,%s\n2,2,1,missing\n' "$(basename "$plain")" "$(basename "$wide")" >sweep/tasks.csv
printf 'cell,label,best,baseline\n0,a,false,false\n1,b,true,false\n' >sweep/results.csv
printf '# Sweep <script>x</script>: 2 cells\n\nBest: b\\_b.\n\n## Cells\n\n| cell | val\\_accuracy |\n| --- | ---: |\n| a\\|b | 0.5 |' >sweep/results.md
echo '<svg xmlns="http://www.w3.org/2000/svg"><script>document.title=3</script></svg>' >sweep/heatmap.svg
run report sweep
expect_exit 0
expect_file sweep/report.html
expect_in sweep/report.html 'id=sweep' '<a href=#sweep>' '<h3>Sweep &lt;script&gt;x&lt;/script&gt;: 2 cells</h3>' '<p>Best: b_b.</p>' \
    '<th scope=col>val_accuracy' '<td>a|b' 'data:image/svg+xml;base64,' '2 of its runs'
grep '^<tr><th scope=row class=wrap>' sweep/report.html | head -n 2 | sed 's/<tr><th scope=row class=wrap>//; s/<.*//' >order
printf '%s\n' "$(basename "$wide")" "$(basename "$plain")" | cmp -s - order || { fail "the order is another:"; show order; }
rm -r sweep/runs/*/config.yaml
run report sweep -o none.html
expect_exit 3
expect_stderr sweep "has begun"

case_begin "a folder that is no run, and damaged files, are errors that name them"
mkdir empty
run report empty -o x.html
expect_exit 3
expect_stderr empty config.yaml
cp -r "$plain" broken
echo '{"shape": [1,' >broken/data.json
run report broken -o x.html
expect_exit 3
expect_stderr data.json
cp "$plain/data.json" broken/data.json
printf 'index,label,label_name,pred,x,y,z\n0,1,2,3,nonsense,1,2\n' >broken/embeddings/test.csv
run report broken -o x.html
expect_exit 3
expect_stderr test.csv
[ ! -e x.html ] || fail "a page was written all the same"

case_begin "a projection of a part of the samples is shown as that"
cp -r "$wide" limited
run project limited --limit 50 -q
expect_exit 0
[ ! -e limited/report.html ] && [ ! -e limited/plots ] || fail "project made what --no-report had left out"
run report limited -o limited.html
expect_in limited.html '<figcaption>PCA, 50 samples of '
expect_not_in limited.html 'There are no embeddings'

case_begin "lines that repeat another are not drawn"
expect_in "$both" '>training, leak<'
run plot "$plain" -o drawn
expect_in drawn/curves.svg '>training<'
expect_not_in drawn/curves.svg '>training, leak<'

case_begin "files of different runs in one folder are told"
cp -r "$plain" mixed
echo '3,1000000,other,0,0.1,0.1,0.1' >>mixed/embeddings/test.csv
run report mixed -o x.html
expect_exit 3
expect_stderr "mixed" "class 1000000" "centers.csv ends with 9"
[ ! -e x.html ] || fail "a page was written all the same"

case_begin "samples without a place leave the others their picture"
cp -r "$wide" gaps
n=$(($(wc -l <gaps/embeddings/test.csv) - 1))
sed -i '2s/,[^,]*$/,nan/; 3s/,[^,]*$/,/; 4s/,[^,]*$/,inf/' gaps/embeddings/test.csv
run report gaps -o gaps.html
expect_exit 0
expect_in gaps.html "<figcaption>PCA, $((n - 3)) samples of $n"
sed -i '2,$s/,[^,]*$/,nan/' gaps/embeddings/test.csv
run report gaps -o gaps.html
expect_exit 0
expect_in gaps.html "<figcaption>PCA, 0 samples of $n"

case_begin "images are those of the run's own data, whatever stands between"
sed 's/^\([0-9]*\),\([0-9]*\),\([0-9]*\),\([0-9]*\),/16,16,16,16,/' "$base/digits.csv" >other.csv
sed "s|$base/digits.csv|$work/$case_number/other.csv|" "$base/softmax.yaml" >other.yaml
run train other.yaml -q --no-report
expect_exit 0
other=$(cat stdout)
cp -r "$other" between
rm -r between/eval
images() { grep -o 'src="data:image/png[^"]*' "$1"; }
run report "$other" -o alone.html
run report "$plain" between "$other" -o three.html
images alone.html >expected
images three.html | tail -n "$(grep -c . expected)" | cmp -s - expected || fail "the last run shows images of other data"

case_begin "a run is called the same however its folder is written"
run report "$plain" -o one.html
for form in "$plain///" "$plain/../$(basename "$plain")"; do
    run report "$form" -o two.html
    expect_exit 0
    grep -o '<title>.*</title>' one.html >expected
    grep -o '<title>.*</title>' two.html >title
    cmp -s expected title || { fail "$form has another title"; show title; }
done
run plot "$plain/"
expect_not_in stdout '//'
(cd "$plain" && "$program" report . -o -) | grep -q '<title>plain ' || fail "a run at . is not called by its experiment"

case_begin "a page whose name cannot be printed is an error"
if [ -c /dev/full ]; then
    "$program" report "$plain" -o page.html >/dev/full 2>stderr
    status=$?
    expect_exit 1
    expect_stderr "standard output cannot be written"
else
    skip "there is no /dev/full"
fi

case_begin "a run that has not ended is shown as far as it got"
mkdir begun
cp "$plain/config.yaml" begun
run report begun -o begun.html
expect_exit 0
expect_in begun.html 'interrupted' 'No epoch has ended' 'There are no predictions'
cases_end

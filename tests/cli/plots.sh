# plots: what train draws, that an XML parser takes it whatever classes are called, and the same bytes every time.
# shellcheck shell=sh disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

base_run <<END
model:
  backbone: [flatten: {}, dense: {units: 32, activation: relu}, dense: {units: 3}]
head: {type: arcface, s: 16, m: 0.3}
train: {epochs: 2, batch_size: 32}
output: {embeddings: [validation, test]}
END

expect_drawing() { # FILE...: well-formed, and nothing that is not a number
    command -v xmllint >/dev/null || { skip "xmllint is not installed"; return; }
    for drawing; do
        xmllint --noout --nonet "$drawing" >xml.out 2>&1 || { fail "$drawing:"; show xml.out; }
        grep -qi '"[^"]*\(nan\|inf\)[^"]*"' "$drawing" && fail "$drawing: holds what is no number"
    done
}
write_run() { # FOLDER: a run with classes of hostile names and embeddings that are not numbers
    cp -r "$trained" "$1"
    rm -r "$1/plots" "$1/embeddings" "$1/eval/validation"
    mkdir "$1/embeddings" "$1/projections"
    evil=$(printf '"<script>alert(1)</script>"",\001\033[31m"')
    bidi=$(printf '\342\200\256&quot;\377]]>')
    printf 'label,label_name,count,x,y,z\n0,%s,2,1,0,0\n1,%s,1,0,1,0\n2,,0,,,\n' "$evil" "$bidi" >"$1/embeddings/centers.csv"
    printf 'index,label,label_name,pred,x,y,z\n0,0,%s,0,1,0.5,0\n1,1,%s,0,0,0,0\n2,0,,1,nan,inf,1\n3,,,,-1,,2\n' \
        "$evil" "$bidi" >"$1/embeddings/test.csv"
    printf 'true\\predicted,%s,%s,c\na,1,0,0\nb,0,0,0\nc,0,0,9\n' "$evil" "$bidi" >"$1/eval/test/confusion_matrix.csv"
    printf 'index,label,label_name,pred,x,y\n0,0,%s,0,1,0.5\n1,1,%s,0,,0\n' "$evil" "$bidi" >"$1/projections/tsne.csv"
}

case_begin "train draws the charts"
for name in embeddings curves confusion angles; do
    expect_file "$trained/plots/$name.svg"
done
[ "$(find "$trained/plots" -type f | wc -l)" = 4 ] || fail "there is more than four charts"
expect_drawing "$trained"/plots/*.svg
expect_in "$trained/plots/embeddings.svg" "300 points in 3 dimensions, colored by 10 classes, on the unit sphere"

case_begin "charts are not in the manifest"
expect_not_in "$trained/manifest.json" plots
expect_in "$trained/manifest.json" metrics.csv

case_begin "plot draws the same bytes"
run plot "$trained" -o again
expect_exit 0
expect_stdout again/embeddings.svg again/angles.svg
for name in embeddings curves confusion angles; do
    expect_same "$trained/plots/$name.svg" "again/$name.svg"
done
run train "$base/small.yaml" -q -o other --threads 3
expect_exit 0
for name in embeddings curves confusion angles; do
    expect_same "$trained/plots/$name.svg" "$(cat stdout)/plots/$name.svg"
done

case_begin "embeddings of more than three dimensions are drawn by their principal components"
sed 's/units: 3}/units: 5}/' "$base/small.yaml" >wide.yaml
run train wide.yaml -q -o wide
expect_exit 0
wide=$(cat stdout)
expect_drawing "$wide/plots/pca.svg"
[ ! -e "$wide/plots/embeddings.svg" ] || fail "five dimensions are drawn as they are"
expect_in "$wide/plots/pca.svg" "300 points in 3 dimensions, colored by 10 classes."
cp "$wide/plots/pca.svg" own.svg
run project "$wide" --dim 3 -q
expect_exit 0
expect_same own.svg "$wide/plots/pca.svg"
run project "$wide" --dim 2 -q
expect_exit 0
expect_in "$wide/plots/pca.svg" "300 points in 2 dimensions"

case_begin "--no-report draws nothing"
run train "$base/small.yaml" -q -o none --no-report
expect_exit 0
[ ! -e "$(cat stdout)/plots" ] || fail "there are charts"

case_begin "--force draws them anew"
echo old >"$trained/plots/old.svg"
run train "$base/small.yaml" -q -o "$base/runs" --force
expect_exit 0
expect_file "$trained/plots/curves.svg"
[ ! -e "$trained/plots/old.svg" ] || fail "what was drawn before is still there"

case_begin "hostile names and what is not a number"
write_run hostile
run plot hostile
expect_exit 0
expect_stdout hostile/plots/tsne.svg
expect_drawing hostile/plots/*.svg
for name in embeddings tsne confusion; do
    expect_in "hostile/plots/$name.svg" "&lt;script&gt;"
    expect_not_in "hostile/plots/$name.svg" "<script>"
done

case_begin "a run without these files has charts of what there is"
cp -r "$trained" bare
rm -r bare/embeddings bare/eval bare/plots
run plot bare
expect_exit 0
[ "$(cat stdout)" = bare/plots/curves.svg ] || fail "plot printed $(cat stdout)"

case_begin "a damaged file is named"
cp -r "$trained" damaged
echo "1,x" >>damaged/metrics.csv
run plot damaged
expect_exit 3
expect_stderr "damaged/metrics.csv:4: has 2 fields where the header has 18"

case_begin "charts that cannot be drawn fail no run"
mkdir runs
(cd "$base/runs" && echo *) >name
mkdir "runs/$(cat name)"
echo "in the way" >"runs/$(cat name)/plots"
run train "$base/small.yaml" -q -o runs
expect_exit 0
expect_stderr "warning: the charts could not be drawn: "
expect_in "runs/$(cat name)/status.json" complete

case_begin "what is no run is refused"
run plot .
expect_exit 3
expect_stderr "is not a run folder"
cases_end

# project: where points come from and go to, what is refused and why, and the same bytes for any number of threads.
# shellcheck shell=sh disable=SC1091,SC2059,SC2154
. "$(dirname "$0")/lib.sh"

base_run <<END
model:
  backbone: [flatten: {}, dense: {units: 32, activation: relu}, dense: {units: 8}]
head: {type: softmax}
train: {epochs: 2, batch_size: 32}
output: {embeddings: [validation, test]}
END
methods=$("$program" list projections --csv | sed 1d | cut -d , -f 1 | sort -u)

case_begin "project writes into the run folder and lists what it wrote"
run project "$trained"
expect_exit 0
expect_stderr "written: $trained/projections/pca.csv"
expect_stdout "pca     " "explained_variance"
expect_in "$trained/projections/pca.csv" "index,label,label_name,pred,x,y"
[ "$(wc -l <"$trained/projections/pca.csv")" -eq 301 ] || fail "not a header and 300 rows"
cut -d , -f 1-4 "$trained/embeddings/test.csv" >before
cut -d , -f 1-4 "$trained/projections/pca.csv" >after
expect_same before after
expect_in "$trained/manifest.json" '"projections/pca.csv": {"size": '"$(wc -c <"$trained/projections/pca.csv"),"
run project "$trained" --split validation --dim 3 -q
expect_exit 0
expect_empty stderr
expect_in "$trained/projections/pca-validation.csv" "index,label,label_name,pred,x,y,z"

case_begin "project makes the run's charts and report anew"
expect_file "$trained/plots/pca.svg"
expect_in "$trained/report.html" '<figcaption>PCA, 300 samples'
[ ! -e "$trained/plots/tsne.svg" ] || fail "there is t-SNE already"
run project "$trained" --method tsne --limit 60 -q
expect_exit 0
expect_empty stderr
expect_file "$trained/plots/tsne.svg"
expect_in "$trained/report.html" '<figcaption>t-SNE, 60 samples of 300'
rm -r "$trained/plots" "$trained/projections/tsne.csv"

case_begin "a split that is not there is an error"
run project "$trained" --split train
expect_exit 3
expect_stderr "holds no embeddings/train.csv" "metric-train embed"
run project "$trained" --split tests
expect_exit 2
expect_stderr "expected test, validation or train"

case_begin "every method: the same bytes for one thread and three, from a file and from a run"
for method in $methods; do
    run project "$trained" --method "$method" --threads 1 -o one.csv --json
    expect_exit 0
    expect_stdout "\"method\": \"$method\", \"points\": 300, \"of\": 300, \"dimensions\": 8, \"axes\": 2" '"trustworthiness": 0.'
    run project "$trained/embeddings/test.csv" -m "$method" -j 3 -q
    expect_exit 0
    expect_empty stderr
    expect_same stdout one.csv
    run project "$trained" -m "$method" --limit 100 --dim 3 --metric cosine -o less.csv --csv
    expect_exit 0
    expect_stdout "$method,100,300,8,3,0,"
    [ "$(wc -l <less.csv)" -eq 101 ] || fail "$method: not a header and 100 rows"
done

case_begin "--limit draws by the seed, in the order of the file"
run project "$trained" -n 20 --seed 1 -o a.csv
run project "$trained" -n 20 --seed 1 -o b.csv
run project "$trained" -n 20 --seed 2 -o c.csv
cut -d , -f 1 a.csv >a
cut -d , -f 1 c.csv >c
expect_same a.csv b.csv
! cmp -s a c || fail "another seed drew the same"
sed 1d a >drawn
sort -n drawn >sorted
expect_same drawn sorted

case_begin "columns of other files, and names that are not ASCII"
printf '\357\273\277note,e1,e0,label_name\r\nx,1,2,"Z\303\266lf, ""\303\237"""\r\ny,3,5,\346\274\242\r\n' >foreign.csv
run project foreign.csv
expect_exit 0
expect_stdout 'index,label,label_name,pred,x,y' '0,,"Zölf, ""ß""",,' '1,,漢,,'
printf 'x,y\n1,2\n' >point.csv
run project point.csv --dim 3 -q
expect_exit 0
expect_stdout "0,,,,0,0,0"

case_begin "what is refused"
refuse() { # TEXT WHY
    printf "$1" >wrong.csv
    run project wrong.csv
    expect_exit 3
    expect_stderr "wrong.csv" "$2"
    expect_empty stdout
}
refuse '' "is empty"
refuse 'x,y\n' "has no rows"
refuse 'index,label\n1,2\n' "has no coordinates; name their columns x,y"
refuse 'x,y\n1,2\n1,nan\n' "wrong.csv:3: expected a finite number as a coordinate, got nan"
refuse 'x,y\n1,inf\n' "got inf"
refuse 'x,y\n1,1e39\n' "got 1e39"
refuse 'x,y\n1,\n' "expected a finite number"
refuse 'x,y\n1,2\n3\n' "wrong.csv:3: has 1 fields"
refuse 'e0,e2\n1,2\n' "number them e0,e1"
refuse 'e0,e1,e0\n1,2,3\n' "two columns e0"
refuse 'x,y\n1,"2\n' "is not closed"
run project missing.csv
expect_exit 3
run project "$work"
expect_exit 3
expect_stderr "holds no embeddings"
run project point.csv -m tnse
expect_exit 2
expect_stderr "unknown projection 'tnse'"
run project point.csv --metric cosin
expect_exit 2
expect_stderr "did you mean 'cosine'"
run project point.csv --dim 4
expect_exit 2
run project point.csv --json
expect_exit 2
expect_stderr "-o FILE"

case_begin "methods refuse what they cannot do, and say what to do"
awk -v OFS=, 'BEGIN { print "x,y"; for (i = 0; i < 20; i++) print i, i * i % 7 }' >few.csv
run project few.csv -m tsne
expect_exit 3
expect_stderr "a perplexity of 30 needs more than 30 embeddings, and there are 20; give a smaller --perplexity"
expect_empty stdout
run project few.csv -m umap --neighbors 21
expect_exit 3
expect_stderr "give a smaller --neighbors"
run project few.csv -m tsne --perplexity 5 --dim 3 -q
expect_exit 0
[ "$(wc -l <stdout)" -eq 21 ] || fail "not a header and 20 rows"
run project few.csv -m tsne --min-dist 0.2
expect_exit 2
expect_stderr "min_dist"
run project few.csv -m umap --min-dist -1
expect_exit 2
expect_stderr "in [0, 100]"
run project few.csv -m tsne --perplexity 5 --learning-rate 1e6 --iterations 50 -q
[ "$status" -eq 0 ] || [ "$status" -eq 4 ] || fail "exit code $status"
expect_not_in stdout nan
awk -v OFS=, 'BEGIN { print "x,y"; for (i = 0; i < 1000000; i++) print i, i * i % 7 }' >many.csv
for method in tsne umap; do
    run project many.csv -m $method
    expect_exit 3
    expect_stderr "1000000 embeddings are more than the" "draw some of them with --limit"
    expect_empty stdout
done

case_begin "every key of a method is an option"
"$program" list projections --csv | sed 1d | cut -d , -f 2 | sort -u | tr _ - >keys
run project --help
while read -r key; do
    [ -z "$key" ] || expect_stdout "--$key"
done <keys
[ "$(wc -l <keys)" -ge 10 ] || fail "the keys were not found"
cases_end

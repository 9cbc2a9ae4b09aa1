# embed --format: what is written for other programs holds the numbers of the CSV, by their own readers.
# shellcheck shell=sh disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

base=$work/base
mkdir "$base"
# Two classes with names that must not break a line of TSV.
awk 'BEGIN {
    srand(1)
    print "name,a,b,c"
    for (i = 0; i < 60; i++)
        printf "%s,%d,%d,%d\n", i % 2 ? "\"two\twords\nand a line\"" : "\"one, <b>\"", 100 * (i % 2) + 50 * rand(), 90 * rand(), 7
}' >"$base/data.csv"
cat >"$base/small.yaml" <<END
name: small
data:
  train: {format: csv, file: data.csv, label: name, header: "yes", shape: [1, 1, 3]}
  test: {from: train, fraction: 0.3}
model:
  backbone: [flatten: {}, dense: {units: 3}]
head: {type: softmax}
train: {epochs: 2, batch_size: 8}
output: {embeddings: [test]}
END
(cd "$base" && "$program" train small.yaml -q --no-report >run.txt 2>train.err) || bail_out "the run to test with failed" "$base/train.err"
trained=$base/$(cat "$base/run.txt")
python=/usr/bin/python3
has() { # MODULE
    "$python" -c "import $1" 2>/dev/null || { skip "$python has no $1"; return 1; }
}
judge() { # PROGRAM: Python that asserts
    "$python" -c "$1" >judge.out 2>&1 || { fail "the reader disagrees:"; show judge.out; }
}

case_begin "numpy opens .npy and .npz"
run embed "$trained" -q --format npy -o x.npy
expect_exit 0
run embed "$trained" -q --format npz -o all.npz
expect_exit 0
run embed "$trained" -q --centers --format npz -o centers.npz
expect_exit 0
cp "$trained/embeddings/test.csv" "$trained/embeddings/centers.csv" .
has pandas && judge '
import numpy as np, pandas as pd
t, c = pd.read_csv("test.csv"), pd.read_csv("centers.csv")
want = t[["x", "y", "z"]].to_numpy(np.float32)
x, z = np.load("x.npy", allow_pickle=False), np.load("all.npz", allow_pickle=False)
assert x.dtype == np.float32 and (x == want).all(), x
assert sorted(z.files) == ["embeddings", "index", "labels", "pred"], z.files
assert (z["embeddings"] == want).all() and z["embeddings"].shape == (len(t), 3)
assert (z["index"] == t["index"]).all() and (z["labels"] == t["label"]).all() and (z["pred"] == t["pred"]).all()
z = np.load("centers.npz", allow_pickle=False)
assert sorted(z.files) == ["centers", "count", "labels"], z.files
assert (z["centers"] == c[["x", "y", "z"]].to_numpy(np.float32)).all() and (z["count"] == c["count"]).all()'

case_begin "the same bytes every time, to a file and to stdout"
run embed "$trained" -q --format npz -o one.npz --threads 1
"$program" embed "$trained" -q --format npz >two.npz 2>stderr
expect_same one.npz two.npz
command -v unzip >/dev/null && { unzip -tq one.npz >unzip.out 2>&1 || { fail "unzip:"; show unzip.out; }; }

case_begin "the projector finds one row per vector"
run embed "$trained" -q --format tsv -o board/run
expect_exit 0
expect_file board/run/vectors.tsv board/run/metadata.tsv
expect_in board/run/projector_config.pbtxt 'tensor_path: "vectors.tsv"' 'metadata_path: "metadata.tsv"'
cp "$trained/embeddings/test.csv" .
# As TensorBoard reads: vectors from every line that is not empty; metadata from every line that is not blank, the first of
# which is a header where it holds a tab.
has pandas && judge '
import numpy as np, pandas as pd
t = pd.read_csv("test.csv")
lines = open("board/run/vectors.tsv", encoding="utf-8").read().split("\n")
x = np.array([list(map(float, l.split("\t"))) for l in lines if l], np.float32)
assert (x == t[["x", "y", "z"]].to_numpy(np.float32)).all()
rows = [l.split("\t") for l in open("board/run/metadata.tsv", encoding="utf-8", newline="").read().split("\n") if l.strip()]
assert rows[0] == ["label", "pred"], rows[0]
names = t["label_name"].str.replace("\t", "\\t").str.replace("\n", "\\n")
assert [r[0] for r in rows[1:]] == list(names), rows[1:4]
assert all(len(r) == 2 for r in rows)'
run embed "$trained" -q --centers --format tsv -o centers
expect_exit 0
[ "$(head -n 1 centers/metadata.tsv)" = "$(printf 'label\tcount')" ] || fail "the header of the centers is another"
[ "$(wc -l <centers/vectors.tsv)" = 2 ] || fail "there are not two centers"

case_begin "what cannot be written is refused"
run embed "$trained" --format hdf5
expect_exit 2
expect_stderr "expected csv, npy, npz or tsv, got 'hdf5'"
run embed "$trained" --format tsv
expect_exit 2
expect_stderr "name a folder with --out"
: >file
run embed "$trained" -q --format tsv -o file
expect_exit 1
expect_stderr "file"
cases_end

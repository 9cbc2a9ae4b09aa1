#!/bin/sh
# Paths that are meant to do harm: out of the folder, over an input, through a link, onto what is no file. Each is refused or
# replaced, and what stands outside keeps its bytes.
. "$(dirname "$0")/lib.sh"

experiment() { # what to add
    cat >exp.yaml <<-END
	name: hp
	data:
	  train: {format: csv, file: data.csv, label: kind}
	  test: {from: train, fraction: 0.3}
	  validation: {from: train, fraction: 0.2}
	model: {backbone: [flatten, {dense: {units: 3}}]}
	head: {type: arcface, s: 8, m: 0.1}
	train: {epochs: 1, batch_size: 8}
	output: {embeddings: [test]}
	$1
	END
    {
        echo a,b,kind
        i=0
        while [ $i -lt 30 ]; do
            echo "$i,$((i * 7 % 31)),k$((i % 3))"
            i=$((i + 1))
        done
    } >data.csv
    cp data.csv data.bak
    mkdir -p outside
    echo precious >outside/file
}
trained() { # a run, whose folder is in $run
    experiment "$1"
    run train exp.yaml -o runs -q --no-report --threads 1
    expect_exit 0
    run=$(cat stdout)
}
expect_precious() {
    [ "$(cat outside/file)" = precious ] || fail "what a link led to was written to"
    [ "$(ls -A outside)" = file ] || fail "something was written outside: $(ls -A outside)"
    ls ./*.tmp.* runs/*.tmp.* "$run"/*.tmp.* 2>/dev/null && fail "a temporary is left"
}

case_begin "names with ../ stay in the folder of runs"
experiment
mkdir -p deep/runs
for name in ../up ../../up /abs .. . a/b '..\\up'; do
    run train exp.yaml -o deep/runs -q --no-report -s "name='$name'" --force
    expect_exit 0
done
[ "$(ls -A deep)" = runs ] || fail "something left the folder: $(ls -A deep)"
[ ! -e up ] || fail "up was made"
expect_same data.csv data.bak

case_begin "a sweep's name and cells stay in its folder"
experiment "sweep: {parameters: {head.m: {values: [0, 0.1]}}}"
run sweep exp.yaml -s name=../../up -o deep/sweep --threads 1
expect_exit 0
[ "$(ls deep)" = sweep ] || fail "something left the folder: $(ls -A deep)"
run sweep plan exp.yaml -s name=../up
[ "$(ls -d ../up* ./up* 2>/dev/null)" = "" ] || fail "the folder of the sweep is outside"
expect_exit 0

for f in metrics.csv summary.json status.json config.yaml manifest.json embeddings/test.csv \
    checkpoints/best.safetensors timing.csv eval/test/metrics.json; do
    case_begin "a link planted at $f is replaced"
    trained
    ln -sf "$PWD/outside/file" "$run/$f"
    run train exp.yaml -o runs -q --no-report --threads 1 --force
    expect_exit 0
    expect_precious
    [ ! -L "$run/$f" ] || fail "$f is still a link"
done

for f in report.html plots/curves.svg projections/pca.csv; do
    case_begin "a link planted at $f is replaced by who draws it"
    trained
    mkdir -p "$run/${f%/*}" 2>/dev/null
    ln -sf "$PWD/outside/file" "$run/$f"
    run report "$run"
    run plot "$run"
    run project "$run"
    expect_exit 0
    expect_precious
    [ ! -L "$run/$f" ] || fail "$f is still a link"
done

case_begin "a link planted at checkpoints/last.safetensors is not gone on with"
trained
ln -sf "$PWD/outside/file" "$run/checkpoints/last.safetensors"
run train exp.yaml -o runs -q --no-report --threads 1 --force
expect_exit 3
expect_stderr "last.safetensors: is not a safetensors file"
expect_precious

for f in log.txt lock; do
    case_begin "a link planted at $f is refused"
    trained
    ln -sf "$PWD/outside/file" "$run/$f"
    run train exp.yaml -o runs -q --no-report --threads 1 --force
    expect_exit 1
    expect_stderr "$f"
    expect_precious
done

for f in checkpoints eval embeddings plots; do
    case_begin "a folder $f that leads elsewhere is refused"
    trained
    rm -rf "${run:?}/$f"
    ln -s "$PWD/outside" "$run/$f"
    run train exp.yaml -o runs -q --no-report --threads 1 --force
    [ $f = plots ] && run plot "$run"
    expect_exit 1
    expect_stderr "is a link"
    expect_precious
done

case_begin "a run folder that leads elsewhere is refused, unless a run or nothing is there"
trained
mv "$run" moved
ln -s "$PWD/outside" "$run"
run train exp.yaml -o runs -q --no-report
expect_exit 1
expect_stderr "is a link to what is no run folder"
rm "$run"
expect_precious
ln -s ../moved "$run"
run train exp.yaml -o runs --no-report
expect_exit 0
expect_stderr "already complete"
rm "$run"
mkdir empty
ln -s ../empty "$run"
run train exp.yaml -o runs -q --no-report
expect_exit 0
expect_file empty/summary.json

case_begin "links planted at a sweep's files are replaced"
experiment "sweep: {parameters: {head.m: {values: [0, 0.1]}}}"
run=sw
mkdir sw
for f in sweep.yaml tasks.csv index.csv results.csv results.json results.md; do
    ln -s "$PWD/outside/file" "sw/$f"
done
run sweep plan exp.yaml -o sw
expect_exit 0
rm sw/sweep.yaml
ln -s "$PWD/outside/file" sw/sweep.yaml
run sweep exp.yaml -o sw --threads 1
expect_exit 0
expect_precious

case_begin "what stands under a temporary's name is not written through"
trained
# A process that knows its own number plants links at the names that the program will use, and becomes the program.
for f in status.json summary.json metrics.csv; do
    sh -c 'ln -s "$1/outside/file" "$2/$3.tmp.$$" && exec "$4" train exp.yaml -o runs -q --no-report --force' sh "$PWD" "$run" "$f" "$program" \
        >stdout 2>stderr
    status=$?
    expect_exit 0
    expect_precious
done
sh -c 'ln "$1/outside/file" "$2/status.json.tmp.$$" && exec "$3" train exp.yaml -o runs -q --no-report --force' sh "$PWD" "$run" "$program" \
    >stdout 2>stderr
status=$?
expect_exit 0
expect_precious

case_begin "a folder, FIFO or device where a file should go is refused"
trained
rm "$run/summary.json"
mkdir "$run/summary.json"
run train exp.yaml -o runs -q --no-report --force
expect_exit 1
expect_stderr "summary.json: cannot write: Is a directory"
rmdir "$run/summary.json"
mkfifo "$run/summary.json" pipe
run train exp.yaml -o runs -q --no-report --force
expect_exit 1
expect_stderr "summary.json: cannot write: is a device or a pipe"
rm "$run/summary.json"
run train exp.yaml -o runs -q --no-report --force
expect_exit 0
run embed "$run" -o pipe
expect_exit 1
expect_stderr "is a device or a pipe"
[ -p pipe ] || fail "the pipe is gone"
run embed "$run" -o outside
expect_exit 1
expect_stderr "Is a directory"
run eval pipe
expect_exit 3
run train exp.yaml -o pipe
expect_exit 1
expect_stderr "Not a directory"
run train exp.yaml -o data.csv/x
expect_exit 1
expect_same data.csv data.bak

case_begin "a link that the user names is written through"
trained
ln -s outside/file named
run embed "$run" -o named
expect_exit 0
[ -L named ] || fail "the link is gone"
grep -q '^index,' outside/file || fail "what it leads to is not written"
ln -s nowhere dangling
run embed "$run" -o dangling
expect_exit 1
expect_stderr "dangling: cannot write: is a link to what is not there"
[ ! -e nowhere ] || fail "a file appeared"

case_begin "no output goes over an input"
trained
ln -s data.csv alias
ln data.csv hard
for name in data.csv alias ./data.csv hard "$PWD/data.csv"; do
    for command in "embed $run" "predict $run data.csv" "predict $run data.csv --csv" "project data.csv" "data data.csv --label kind"; do
        option=-o
        [ "${command#data}" = "$command" ] || option=--export
        # shellcheck disable=SC2086
        run $command $option "$name"
        expect_exit 2
        expect_stderr "which would be lost; name another file"
        expect_same data.csv data.bak
    done
done
for name in data.csv alias hard; do
    run train exp.yaml -o runs --force --trace "$name"
    expect_exit 2
    expect_stderr "--trace: $name is a file of samples" "which would be lost; name another file"
    expect_same data.csv data.bak
done
run train exp.yaml --trace exp.yaml
expect_exit 2
expect_stderr "which would be lost"
grep -q 'name: hp' exp.yaml || fail "the experiment is lost"

case_begin "results do not go into a folder of images"
mkdir -p images/one images/two
base64 -d >images/one/1.png <<-END
	iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAAAAABX3VL4AAAADklEQVR4nGNgZGJgZgEAAB0ACw21UgYAAAAASUVORK5CYII=
END
for f in one/2 two/1 two/2; do cp images/one/1.png "images/$f.png"; done
cat >images.yaml <<-END
	data: {train: {format: images, dir: images, height: 4, width: 4, channels: gray}}
	model: {backbone: [flatten, {dense: {units: 2}}]}
	head: softmax
	train: {epochs: 1, batch_size: 2}
END
ln -s images alias
for out in images images/runs images/one/deep/runs alias/x ./images/../images "$PWD/images"; do
    run train images.yaml -o "$out" -q --no-report
    expect_exit 2
    expect_stderr "the runs would lie among the samples"
done
[ "$(ls -A images)" = "$(printf 'one\ntwo')" ] || fail "something is there: $(ls -A images)"
run train images.yaml -o images-runs -q --no-report
expect_exit 0
run embed "$(cat stdout)" -o images/one/1.png
expect_exit 2
expect_stderr "images/one/1.png would lie among the samples"
run train images.yaml -o images-runs --force --trace alias/one/2.png
expect_exit 2
expect_stderr "--trace: alias/one/2.png would lie among the samples"
run data images --sheet images/one/1.png
expect_exit 2
expect_stderr "--sheet: images/one/1.png would lie among the samples"
run data images.yaml --sheet alias/sheet.png
expect_exit 2
expect_stderr "--sheet: alias/sheet.png would lie among the samples"
cmp -s images/one/1.png images/one/2.png || fail "a sample is lost"

cases_end

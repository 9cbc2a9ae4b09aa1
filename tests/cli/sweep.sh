#!/bin/sh
# The runs of a sweep: started, stopped, killed and gone on with, one by one or all together.
. "$(dirname "$0")/lib.sh"

experiment() {
    cat >exp.yaml <<-END
	name: sw
	$(digits_data "fraction: 0.2")
	model: {backbone: [flatten, {dense: {units: 32, activation: relu}}, {dense: {units: 3}}]}
	head: {type: arcface, s: 8, m: 0.1}
	train: {epochs: $1, batch_size: 32}
	output: {embeddings: []}
	sweep:
	  parameters: {head.m: {values: [0, 0.2]}, seed: {values: [0, 1]}}
	END
}

# Waits until a run of the sweep folder has begun, for 20 s at most.
wait_for_run() {
    n=0
    while ! ls "$1"/runs/*/status.json >ls 2>&1 && [ $n -lt 1000 ]; do
        sleep 0.02
        n=$((n + 1))
    done
}

# The answer, and what became of the runs, without times.
expect_same_sweep() {
    for f in index.csv results.csv results.json results.md; do
        cmp -s "$1/$f" "$2/$f" || fail "$f differs"
    done
}

straight=$work/straight

case_begin "a sweep plans, runs and answers"
experiment 3
run sweep exp.yaml -o "$straight" --threads 1
expect_exit 0
expect_stderr "4/4" "head.m=0.2" "seed=1" "complete"
[ "$(grep -c ',complete,0,3,' "$straight/index.csv")" = 4 ] || fail "index.csv: $(cat "$straight/index.csv")"
[ "$(ls "$straight/runs" | wc -l)" = 4 ] || fail "not four runs"

case_begin "finished runs are not repeated"
experiment 3
run sweep exp.yaml -o "$straight"
expect_exit 0
grep -q "complete  " stderr && fail "a run was repeated"

case_begin "what killed writers left is removed, and nothing else"
experiment 3
cp -R "$straight" s
touch s/index.csv.tmp.999999999 s/results.md.tmp.999999998 "s/index.csv.tmp.$$" s/mine.csv.tmp.999999999 s/index.csv.tmp.1x
run sweep exp.yaml -o s
expect_exit 0
for left in "s/index.csv.tmp.$$" s/mine.csv.tmp.999999999 s/index.csv.tmp.1x; do
    [ -e "$left" ] || fail "$left is gone"
    rm -f "$left"
done
[ "$(echo s/*.tmp.*)" = 's/*.tmp.*' ] || fail "left behind: $(echo s/*.tmp.*)"

case_begin "more seeds keep what is finished"
experiment 3
cp -R "$straight" more
run sweep exp.yaml -o more -s seed=0..2
expect_exit 0
[ "$(grep -c '/6  ' stderr)" = 2 ] || fail "not two runs were added: $(cat stderr)"

case_begin "any number of jobs gives the same files"
experiment 3
run sweep exp.yaml -o jobs -j 3
expect_exit 0
expect_same_sweep jobs "$straight"

case_begin "a process that cannot be started: with fewer at a time, the same files"
experiment 3
if can_fail; then
    faulty fork:2:once:EAGAIN sweep exp.yaml -o fewer -j 2
    expect_exit 0
    expect_stderr "4/4"
    expect_in fewer/log.txt "cannot start another process: Resource temporarily unavailable; going on with fewer runs at a time"
    expect_stderr "Resource temporarily unavailable; going on with fewer runs at a time"
    [ "$(grep -c fewer fewer/log.txt)" = 1 ] || fail "said more than once: $(cat fewer/log.txt)"
    expect_same_sweep fewer "$straight"
fi

case_begin "no process can be started: what has ended stays, and the sweep goes on later"
experiment 3
if can_fail; then
    faulty fork:2:on:EAGAIN sweep exp.yaml -o none -j 2
    expect_exit 1
    expect_stderr "1/4" "cannot start another process: Resource temporarily unavailable"
    [ "$(grep -c ',complete,0,3,' none/index.csv)" = 1 ] || fail "index.csv: $(cat none/index.csv)"
    run sweep exp.yaml -o none -j 2
    expect_exit 0
    [ "$(grep -c '/4  ' stderr)" = 3 ] || fail "not three runs were left: $(cat stderr)"
    expect_same_sweep none "$straight"
fi

case_begin "tasks one by one, and collect"
experiment 3
run sweep plan exp.yaml -o tasks
expect_exit 0
for i in 2 0 3 1; do
    run sweep task tasks $i
    expect_exit 0
done
run sweep task tasks 1
expect_exit 0
expect_stderr "already complete"
run sweep task tasks 4
expect_exit 2
expect_stderr "0 to 3"
run sweep collect tasks
expect_exit 0
expect_same_sweep tasks "$straight"

case_begin "a sweep in use is left alone"
experiment 100000
"$program" sweep exp.yaml -o busy -j 2 2>first </dev/null >/dev/null &
pid=$!
wait_for_run busy
run sweep exp.yaml -o busy
expect_exit 6
expect_stderr "in use by process $pid"
run sweep plan exp.yaml -o busy -s seed=0..9
expect_exit 6
[ "$(wc -l <busy/tasks.csv)" = 5 ] || fail "the plan was changed"
kill -TERM $pid
wait $pid
status=$?
expect_exit 75

case_begin "a signal stops all runs, and the same command goes on"
experiment 300
"$program" sweep exp.yaml -o stopped -j 2 2>first </dev/null >/dev/null &
pid=$!
wait_for_run stopped
kill -TERM $pid
wait $pid
status=$?
expect_exit 75
grep -q "goes on" first || fail "$(cat first)"
grep -q ',interrupted,75,' stopped/index.csv || fail "$(cat stopped/index.csv)"

case_begin "a killed child is a failed run, and the rest goes on"
experiment 60
"$program" sweep exp.yaml -o killed -j 2 2>first </dev/null >/dev/null &
pid=$!
wait_for_run killed
kill -KILL "$(cut -d' ' -f1 "/proc/$pid/task/$pid/children")"
wait $pid
status=$?
expect_exit 5
grep -q "was ended by signal 9 (SIGKILL)" first || fail "the signal is not named: $(cat first)"
[ "$(grep -c ',complete,' killed/index.csv)" = 3 ] || fail "the rest did not go on: $(cat killed/index.csv)"
grep -q ',failed,137,' killed/index.csv || fail "$(cat killed/index.csv)"
run sweep exp.yaml -o killed
expect_exit 0
run sweep exp.yaml -o undisturbed -j 2
expect_exit 0
expect_same_sweep killed undisturbed

case_begin "a run that another process has is left alone"
experiment 3
run sweep plan exp.yaml -o shared -s train.epochs=100000,3 -s seed=0 -s head.m=0,0.2
expect_exit 0
"$program" sweep task shared 2 2>first </dev/null >/dev/null &
pid=$!
wait_for_run shared
"$program" sweep task shared 0 2>second </dev/null >/dev/null &
another=$!
n=0
while [ "$(ls shared/runs/*/lock | wc -l)" -lt 2 ] && [ $n -lt 1000 ]; do
    sleep 0.02
    n=$((n + 1))
done
run sweep shared/sweep.yaml -o shared
expect_exit 6
expect_stderr "left alone: " "is in use by process $pid" "2 of 4 runs are left"
[ "$(grep -c ',complete,0,3,' shared/index.csv)" = 2 ] || fail "$(cat shared/index.csv)"
grep -q ,failed, shared/index.csv && fail "$(cat shared/index.csv)"
kill -TERM $pid $another
wait $pid
wait $another

case_begin "a folder that is taken away ends the sweep"
experiment 300
"$program" sweep exp.yaml -o away 2>first </dev/null >/dev/null &
pid=$!
wait_for_run away
mv away taken
wait $pid
status=$?
expect_exit 1
grep -q "is no longer the folder" first || fail "$(cat first)"
[ "$(find away -name status.json | wc -l)" -le 1 ] || fail "another run began in a new folder"

case_begin "a finished run without its figures is a failed one"
experiment 3
cp -R "$straight" cut
rm "cut/runs/$(ls cut/runs | head -n 1)/summary.json"
run sweep exp.yaml -o cut
expect_exit 5
expect_stderr "summary.json" "remove the run folder"
rm -r "cut/runs/$(ls cut/runs | head -n 1)"
run sweep exp.yaml -o cut
expect_exit 0
expect_same_sweep cut "$straight"

case_begin "killed three times, the answer is the same"
experiment 3
for moment in 0.15 0.3 0.45; do
    setsid "$program" sweep exp.yaml -o often -j 2 2>/dev/null </dev/null >/dev/null &
    pid=$!
    sleep $moment
    kill -KILL -$pid 2>/dev/null || kill -KILL $pid 2>/dev/null
    wait $pid
done
run sweep exp.yaml -o often -j 2
expect_exit 0
expect_same_sweep often "$straight"

case_begin "data that has changed since is not mixed in"
experiment 3
gzip -dc "$digits" >digits.csv
sed -i "s|$digits|digits.csv|" exp.yaml
run sweep plan exp.yaml -o changed
expect_exit 0
sed -i '$d' digits.csv
run sweep task changed 0
expect_exit 3
expect_stderr "was planned as" "plan again"

cases_end

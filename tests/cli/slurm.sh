# sweep --launcher slurm: what is submitted and what the scripts do, with stand-ins for Slurm's programs. tests/slurm/run
# shows it on a real cluster.
# shellcheck shell=sh disable=SC1091,SC2123,SC2154,SC2016
. "$(dirname "$0")/lib.sh"

cat >"$work/base.yaml" <<YAML
name: "it's \$HOME"
$(digits_data "fraction: 0.2")
model:
  backbone: [flatten, dense: {units: 3}]
head: {type: arcface, s: 16, m: 0.1}
train: {epochs: 1, batch_size: 64}
sweep:
  parameters: {head.m: {values: [0.1, 0.3, 0.5]}, seed: {values: [0, 1]}}
YAML
cat >"$work/slurm.yaml" <<YAML
extends: base.yaml
slurm: {partition: long, time: 2:00:00, mem: 2G, extra: [--account=o'brien, --comment=a b; touch hacked]}
YAML

# Stand-ins, first in PATH: each call is a line of calls, its words in brackets. `refuse` holds which call of sbatch is
# refused, `queued` what squeue says.
mkdir "$work/bin"
cat >"$work/bin/call" <<'CALL'
#!/bin/sh
{
    printf '%s' "${0##*/}"
    printf ' [%s]' "$@"
    echo
} >>"$calls/calls"
case ${0##*/} in
sbatch)
    job=$(grep -c ^sbatch "$calls/calls")
    if [ "$job" = "$(cat "$calls/refuse" 2>/dev/null)" ]; then
        echo "sbatch: error: no more jobs" >&2
        exit 1
    fi
    echo "$((100 + job));cluster"
    ;;
scontrol) [ "$1" = requeue ] || echo "MaxArraySize            = 4" ;;
squeue) cat "$calls/queued" 2>/dev/null ;;
esac
CALL
chmod +x "$work/bin/call"
for name in sbatch scontrol squeue scancel; do
    ln -s call "$work/bin/$name"
done
PATH=$work/bin:$PATH
calls=$work
export PATH calls
begin() {
    case_begin "$1"
    calls=$PWD
    : >calls
}
submit() { # EXPERIMENT ARGUMENTS...
    config=$1
    shift
    run sweep "$work/$config.yaml" --launcher slurm "$@"
}

begin "arrays, then what waits for them"
submit slurm -o "it's %a" -j 3 --threads 2
expect_exit 0
expect_stdout "101" "102" "103"
expect_in calls "sbatch [--job-name=it-s--HOME]" "[--output=$PWD/it's %%a/slurm/task-%a.log]" "[--signal=B:TERM@120]" \
    "[--cpus-per-task=2]" "[--mem=2G]" "[--partition=long]" "[--time=2:00:00]" "[--account=o'brien]" \
    "[--comment=a b; touch hacked]" "[--requeue]" "[--array=0-3%3]" "[--array=0-1%3]" "[--dependency=afterany:101:102]" \
    "[$PWD/it's %a/slurm/task.sh] [0]" "[$PWD/it's %a/slurm/task.sh] [4]" "[$PWD/it's %a/slurm/collect.sh]"
[ ! -e hacked ] || fail "an option was run"
printf 'job,tasks\n101,0-3\n102,4-5\n103,\n' >jobs.csv
expect_same "it's %a/slurm/jobs.csv" jobs.csv
expect_file "it's %a/tasks.csv"
for script in task collect; do
    sh -n "it's %a/slurm/$script.sh" || fail "$script.sh is no script"
done

begin "memory from the plan, one thread, the cluster's own partition and time"
submit base -o sweep
expect_exit 0
expect_in calls "[--cpus-per-task=1]" "[--array=0-3]"
grep -q '\[--mem=[1-9][0-9]*M\]' calls || fail "no memory is asked for"
expect_not_in calls "--partition"
expect_not_in calls "--time"

begin "a second submission is refused while the first is queued"
submit base -o sweep
expect_exit 0
echo 101_2 >queued
: >calls
submit base -o sweep
expect_exit 6
expect_stderr "squeue -j 101,102,103"
expect_not_in calls sbatch
: >queued
submit base -o sweep
expect_exit 0

begin "when a job is refused, those before it are taken back"
echo 2 >refuse
submit base -o sweep
expect_exit 1
expect_stderr "no more jobs" "sbatch refused the job"
expect_in calls "scancel [101]"
[ ! -e sweep/slurm/jobs.csv ] || fail "jobs.csv was written"

begin "--dry-run submits and writes nothing, with Slurm or without"
submit slurm -o sweep --dry-run
expect_exit 0
expect_stdout "sbatch " "'--account=o'\\''brien'" "'--comment=a b; touch hacked'" "--dependency=afterany:JOB1:JOB2" "kill -s TERM"
expect_not_in calls sbatch
[ ! -e sweep ] || fail "a folder was made"
mkdir none
path=$PATH
PATH=$PWD/none
submit slurm -o sweep --dry-run
none=$status
submit slurm -o sweep
PATH=$path
[ "$none" = 0 ] || fail "exit code $none without Slurm"
expect_exit 1
expect_stderr "cannot start scontrol"

begin "finished runs are left out, and with all finished nothing is submitted"
run sweep "$work/base.yaml" -o sweep
expect_exit 0
submit base -o sweep
expect_exit 0
expect_stderr "nothing to submit"
expect_not_in calls sbatch
gone=$(sed -n '3s/.*,//p' sweep/tasks.csv)
rm -r "sweep/runs/${gone:?}"
submit base -o sweep
expect_exit 0
expect_in calls "[--array=1]"

begin "what the section says is checked, and says nothing about a run"
cat >bad.yaml <<YAML
extends: $work/base.yaml
slurm: {time: 10, partitoin: x}
YAML
run check bad.yaml
expect_exit 2
expect_stderr "partitoin" "partition"
run check "$work/base.yaml" --set slurm.time=soon
expect_exit 2
expect_stderr "'soon' is no time limit"
submit base --set slurm.mem=4GiB -o sweep
expect_exit 2
expect_stderr "'4GiB' is no amount of memory"
run train "$work/base.yaml" -q -o one
expect_exit 0
run train "$work/slurm.yaml" -q -o two
expect_exit 0
expect_same one/*/config.yaml two/*/config.yaml
if grep -q '^slurm' two/*/config.yaml; then
    fail "the section is in config.yaml"
fi

# The script of a job around a stand-in for metric-train that prints its arguments, and with a file `wait` goes on until
# it gets a signal, or a file `end` appears.
cat >"$work/bin/program" <<'PROGRAM'
#!/bin/sh
echo "$@"
if [ -e "$calls/wait" ]; then
    trap 'echo TERM; exit 75' TERM
    touch "$calls/ready"
    while [ ! -e "$calls/end" ]; do sleep 0.05; done
fi
exit "$(cat "$calls/code")"
PROGRAM
chmod +x "$work/bin/program"
until_there() { # COMMAND...: for 20 s at most
    tries=0
    until "$@"; do
        tries=$((tries + 1))
        [ $tries -lt 400 ] || break
        sleep 0.05
    done
}
begin_job() { # OFFSET RESTARTS: task.sh as element 2 of array 7
    [ -e sweep ] || submit base -o sweep
    sed "s|^program=.*|program='$work/bin/program'|" sweep/slurm/task.sh >task.sh
    : >calls
    SLURM_ARRAY_JOB_ID=7 SLURM_ARRAY_TASK_ID=2 SLURM_RESTART_COUNT=$2 SLURM_CPUS_PER_TASK=3 sh task.sh "$1" >stdout 2>stderr &
    job=$!
}
end_job() {
    wait "$job"
    status=$?
}

begin "a job runs its task and passes its exit code on"
for code in 0 1 4 5; do
    echo $code >code
    begin_job 1001 0
    end_job
    expect_exit $code
    expect_stdout "sweep task $PWD/sweep 1003 --threads 3"
    expect_not_in calls requeue
done

begin "a job requeues itself when its task was stopped, or its run is in use, unless it is being ended"
for code in 75 6; do
    echo $code >code
    for answer in RUNNING ""; do
        printf '%s' "$answer" >queued
        begin_job 0 0
        end_job
        expect_exit $code
        expect_in calls "scontrol [requeue] [7_2]"
    done
    echo COMPLETING >queued
    begin_job 0 0
    end_job
    expect_exit $code
    expect_not_in calls requeue
done
echo RUNNING >queued
begin_job 0 10 # a run that stays in use is given up
end_job
expect_exit 6
expect_not_in calls requeue

begin "a job hands a signal on to its task, but not one that all processes got"
touch wait
echo 0 >code
echo RUNNING >queued
begin_job 0 0
until_there test -e ready
kill -s TERM "$job"
end_job
expect_exit 75
expect_stdout TERM
expect_in calls "squeue [-h] [-j] [7_2] [-o] [%T]" "scontrol [requeue] [7_2]"
rm ready
echo COMPLETING >queued
begin_job 0 0
until_there test -e ready
kill -s TERM "$job"
until_there grep -q squeue calls
touch end
end_job
expect_exit 0
expect_not_in stdout TERM
cases_end

# cluster.sh: a real Slurm of a few nodes on this machine, for tests. A script sources it.
#
#   cluster_enter ARGUMENTS...   starts the script once more in process, mount and network namespaces of its own, and ends when
#                                that does: whatever was started inside, slurmstepd and jobs too, ends with it, even by SIGKILL.
#                                Inside it returns at once. Where Slurm cannot be started it prints `1..0 # SKIP why` and exits.
#   cluster_start NODES          munged, slurmctld and a slurmd for each of n0, n1, ...; SLURM_CONF is then exported
#   cluster_kill_node NAME       SIGKILL to its slurmd; what it runs goes on
#   cluster_start_node NAME      its slurmd, again
#   cluster_wait SECONDS WORD... until the command succeeds; 1 when it did not in time
#
# Everything is under one temporary folder, $cluster: configuration, keys, sockets, spool, logs. Nothing in /etc is read or
# written, and the network is a loopback of its own, so neither a Slurm nor a munge that the machine has is touched.
# shellcheck shell=sh disable=SC2034

# Why there can be no cluster here; nothing when there can.
cluster_missing() {
    if [ "$(id -u)" != 0 ]; then
        echo "starting a Slurm needs root"
        return
    fi
    for cluster_word in munged mungekey slurmctld slurmd sbatch squeue scontrol unshare ip; do
        if ! command -v $cluster_word >/dev/null; then
            echo "$cluster_word is not there (apt-get install slurm-wlm munge util-linux iproute2)"
            return
        fi
    done
    unshare --fork --pid --mount-proc --net ip link set lo up 2>/dev/null || echo "no namespaces may be created here"
}

cluster_enter() {
    PATH=$PATH:/usr/sbin:/sbin
    [ -z "${CLUSTER_FOLDER-}" ] || return 0
    cluster_why=$(cluster_missing)
    if [ -n "$cluster_why" ]; then
        echo "1..0 # SKIP $cluster_why"
        exit 0
    fi
    CLUSTER_FOLDER=$(mktemp -d) || exit 1
    export CLUSTER_FOLDER
    # Process 1 of the namespace only waits, and so collects what lost its parent.
    # shellcheck disable=SC2016
    unshare --fork --pid --kill-child --mount-proc --net sh -c 'ip link set lo up; ip address add 10.0.0.1/32 dev lo; "$@" & wait $!' sh sh "$0" "$@" &
    cluster_shell=$!
    trap 'kill -s KILL $cluster_shell' INT TERM HUP
    wait $cluster_shell
    cluster_status=$?
    wait $cluster_shell 2>/dev/null
    rm -rf "$CLUSTER_FOLDER"
    exit $cluster_status
}

cluster_wait() {
    cluster_until=$(($(date +%s) + $1))
    shift
    while ! "$@"; do
        [ "$(date +%s)" -lt $cluster_until ] || return 1
        sleep 0.3
    done
}

cluster_start_node() {
    slurmd -D -N "$1" -f "$cluster/slurm.conf" >"$cluster/$1.out" 2>&1 </dev/null &
    echo $! >"$cluster/$1.pid"
}
cluster_kill_node() {
    kill -s KILL "$(cat "$cluster/$1.pid")"
}
cluster_idle() { # NODES: as many wait for work
    [ "$(sinfo -h -N -t idle -o %N 2>/dev/null | wc -l)" = "$1" ]
}

cluster_start() {
    cluster=$CLUSTER_FOLDER/cluster
    mkdir "$cluster" "$cluster/state" "$cluster/tmp" && chmod 711 "$CLUSTER_FOLDER" "$cluster" || return
    mungekey --create --keyfile="$cluster/munge.key" || return
    cluster_nodes=$1
    cat >"$cluster/slurm.conf" <<CONF
ClusterName=test
SlurmctldHost=$(hostname)(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$cluster/munge.socket
StateSaveLocation=$cluster/state
SlurmdSpoolDir=$cluster/spool/%n
SlurmctldPidFile=$cluster/slurmctld.pid
SlurmdPidFile=$cluster/slurmd.%n.pid
SlurmctldLogFile=$cluster/slurmctld.log
SlurmdLogFile=$cluster/slurmd.%n.log
TmpFS=$cluster/tmp
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
JobCompType=jobcomp/filetxt
JobCompLoc=$cluster/jobs.txt
JobRequeue=1
ReturnToService=2
SlurmdTimeout=${CLUSTER_NODE_TIMEOUT-10}
KillWait=15
MaxArraySize=${CLUSTER_MAX_ARRAY-1001}
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerParameters=sched_interval=2,batch_sched_delay=0,sched_min_interval=0
SlurmdParameters=config_overrides
CONF
    cluster_i=0
    while [ $cluster_i -lt "$1" ]; do
        mkdir -p "$cluster/spool/n$cluster_i"
        echo "NodeName=n$cluster_i NodeHostname=$(hostname) NodeAddr=127.0.0.1 Port=$((6830 + cluster_i)) CPUs=${CLUSTER_CPUS-2} RealMemory=4000" \
            >>"$cluster/slurm.conf"
        cluster_i=$((cluster_i + 1))
    done
    echo "PartitionName=all Nodes=n[0-$(($1 - 1))] Default=YES MaxTime=60 State=UP" >>"$cluster/slurm.conf"
    echo "CgroupPlugin=cgroup/v1" >"$cluster/cgroup.conf"
    export SLURM_CONF="$cluster/slurm.conf"

    munged --foreground --force --key-file="$cluster/munge.key" --socket="$cluster/munge.socket" \
        --pid-file="$cluster/munge.pid" --seed-file="$cluster/munge.seed" --log-file="$cluster/munge.log" \
        >"$cluster/munged.out" 2>&1 </dev/null &
    cluster_wait 10 test -S "$cluster/munge.socket" || return
    slurmctld -D -f "$cluster/slurm.conf" >"$cluster/slurmctld.out" 2>&1 </dev/null &
    cluster_i=0
    while [ $cluster_i -lt "$1" ]; do
        cluster_start_node n$cluster_i
        cluster_i=$((cluster_i + 1))
    done
    cluster_wait 30 cluster_idle "$1"
}

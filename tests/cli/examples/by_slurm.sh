#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# docs/examples: a job array of Slurm, on a cluster of this machine alone that lives as long as this test.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=examples.sh
. "$(dirname "$0")/examples.sh"

PATH=$PATH:/usr/sbin
for tool in slurmctld slurmd sbatch squeue sinfo python3; do
    command -v $tool >/dev/null || skip "Slurm ($tool) is not installed"
done
work=$PWD
node=$(uname -n)
node=${node%%.*}

# Ports that nobody uses now.
free_ports() {
    python3 -c 'import socket
sockets = [socket.socket() for _ in range(2)]
for s in sockets:
    s.bind(("127.0.0.1", 0))
print(*[s.getsockname()[1] for s in sockets])'
}

configure() {
    local ports
    read -r -a ports <<<"$(free_ports)"
    mkdir -p state spool
    cat >slurm.conf <<CONF
ClusterName=phash
SlurmctldHost=$node(127.0.0.1)
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
AuthType=auth/none
CredType=cred/none
SlurmctldPort=${ports[0]}
SlurmdPort=${ports[1]}
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1,batch_sched_delay=0
ReturnToService=2
NodeName=$node NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=all Nodes=$node Default=YES MaxTime=10 State=UP
CONF
    printf 'CgroupAutomount=no\n' >cgroup.conf
    export SLURM_CONF=$work/slurm.conf
}

daemons=()
# shellcheck disable=SC2317 # called by the trap
stop_daemons() {
    local pid
    for pid in "${daemons[@]}"; do kill "$pid" 2>/dev/null || true; done
    for pid in "${daemons[@]}"; do
        for _ in {1..50}; do
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.1
        done
        kill -9 "$pid" 2>/dev/null || true
    done
}

# wait_for SECONDS COMMAND...
wait_for() {
    local until=$((SECONDS + $1))
    shift
    until "$@"; do
        [ $SECONDS -lt $until ] || return 1
        sleep 0.2
    done
}

node_is_idle() {
    sinfo --noheader --format=%t 2>/dev/null | grep -q '^idle$'
}

no_jobs() {
    local jobs
    jobs=$(squeue --noheader) && [ -z "$jobs" ]
}

configure
trap stop_daemons EXIT
trap 'exit 1' HUP INT TERM
slurmctld -D -f slurm.conf >ctld.out 2>&1 &
daemons+=($!)
slurmd -D -f slurm.conf -N "$node" >slurmd.out 2>&1 &
daemons+=($!)
if ! wait_for 20 node_is_idle; then
    tail -n 3 slurmctld.log slurmd.log ctld.out slurmd.out 2>/dev/null || true
    skip "Slurm does not start on this machine"
fi

make_folder
export PATH="$PHASH_BINARY_DIR/bin:$PATH"
mkdir parts
array=$(sbatch --parsable --output=slurm-%a.out --array=1-4 "$examples/slurm-array.sh" "$examples" list folder parts)
sbatch --parsable --output=slurm-merge.out --dependency="afterok:$array" \
    --wrap 'phash merge --expect 4 -o result parts/part-*[0-9]' >/dev/null
wait_for 40 no_jobs || fail "jobs left: $(squeue)"
cat slurm-*.out
[ -e result ] || fail "no result; $(ls parts) $(tail -n 5 slurmctld.log)"
same result whole

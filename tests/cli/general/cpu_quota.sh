#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The processors that control groups allow, version 1 and 2, in folders that look like those of Linux.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

quota=$PHASH_BINARY_DIR/tests/print_cpu_quota
mkdir -p proc/self
# group LINE...: the content of /proc/self/cgroup
group() {
    rm -rf sys
    printf '%s\n' "$@" >proc/self/cgroup
}
# put FOLDER FILE WORDS
put() {
    mkdir -p "sys/fs/cgroup/$1"
    echo "$3" >"sys/fs/cgroup/$1/$2"
}
allows() {
    is "$("$quota" .)" "$1" "processors"
}

rm -rf proc/self/cgroup
allows 0
group '0::/'
allows 0
put . cpu.max 'max 100000'
allows 0
put . cpu.max '200000 100000'
allows 2
put . cpu.max '150000 100000'
allows 2
put . cpu.max '1000 100000'
allows 1
put . cpu.max '50000'
allows 0
put . cpu.max nonsense
allows 0
put . cpu.max '99999999999999999999999 1'
allows 0
# The least of all groups above counts.
group '0::/user/job/step'
put user/job/step cpu.max '400000 100000'
allows 4
put user cpu.max '300000 100000'
allows 3
put user/job cpu.max 'max 100000'
allows 3
put . cpu.max '250000 100000'
allows 3
put . cpu.max '100000 100000'
allows 1
# A container sees its own group at the mount, whatever the path says.
group '0::/../../not/seen'
put . cpu.max '200000 100000'
allows 2
# Version 1, also beside an empty version 2.
group '12:memory:/a' '4:cpu,cpuacct:/job' '0::/'
put cpu/job cpu.cfs_quota_us -1
put cpu/job cpu.cfs_period_us 100000
allows 0
put cpu/job cpu.cfs_quota_us 350000
allows 4
group '4:cpuset:/job' '5:cpuacct:/job'
put cpu/job cpu.cfs_quota_us 350000
put cpu/job cpu.cfs_period_us 100000
allows 0
group '4:cpuacct,cpu:/job'
put cpu/job cpu.cfs_quota_us 350000
put cpu/job cpu.cfs_period_us 100000
allows 4
# What is no such file says nothing.
group '' nonsense '::' ':' '0:' "0::/$(printf 'x%.0s' {1..5000})"
allows 0
"$quota" '' >/dev/null

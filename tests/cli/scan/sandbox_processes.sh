#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The processes behind a scan: what they hold, and what happens when any of them is killed.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
[ -r /proc/self/stat ] || skip "no /proc"

make_list list photo-1.jpg
need_hostile
state=$(sandbox_state)

# children PID: the processes whose parent it is; zombies left out.
children() {
    cat /proc/[0-9]*/stat 2>/dev/null | sed 's/(.*)/x/' | awk -v parent="$1" '$4 == parent && $3 != "Z" { print $1 }'
}

# wait_until COMMAND...: at most 20 seconds.
wait_until() {
    local i
    for i in $(seq 1 400); do
        ! "$@" || return 0
        sleep 0.05
    done
    fail "this did not happen: $*"
}

gone() {
    local pid
    for pid in "$@"; do
        ! kill -0 "$pid" 2>/dev/null || grep -q '^State:.*Z' "/proc/$pid/status" 2>/dev/null || return 1
    done
}

# Start a scan whose two threads wait for decoders that hang; program, nursery and decoders go to variables.
two_decoders() {
    # shellcheck disable=SC2086,SC2046
    decoders=$(children "$nursery")
    [ "$(wc -w <<<"$decoders")" -eq 2 ]
}
has_nursery() {
    nursery=$(children "$scan")
    [ "$(wc -w <<<"$nursery")" -eq 1 ]
}
start_hanging() {
    : >records
    # not by way of a function, whose process would be a shell
    ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD=$PHASH_BINARY_DIR/tests/libhostile_codec.so "$program" scan \
        --list list --jobs 2 --timeout 600 --format jsonl loop-1.jpg loop-2.jpg "$pictures/photo-1.jpg" \
        "$pictures/other-1.jpg" >records 2>messages &
    scan=$!
    wait_until has_nursery
    wait_until two_decoders
    wait_until grep -q header records
}
hostile_picture loop loop-1.jpg
hostile_picture loop loop-2.jpg

# What a decoder process holds.
start_hanging
for pid in $decoders; do
    grep -q '^Threads:[[:space:]]*1$' "/proc/$pid/status" || fail "a decoder with threads"
    if [ "$state" = enforced ]; then
        grep -q '^Seccomp:[[:space:]]*2$' "/proc/$pid/status" || fail "a decoder without seccomp"
        grep -q '^NoNewPrivs:[[:space:]]*1$' "/proc/$pid/status" || fail "a decoder that may get privileges"
    fi
    # Readable by the superuser alone, for the process is not dumpable.
    if [ "$(id -u)" -eq 0 ] && [ "$state" = enforced ]; then
        is "$(ls "/proc/$pid/fd")" 0 "descriptors of a decoder"
        is "$(grep -c memfd "/proc/$pid/maps")" 2 "shared memory of a decoder"
        grep -q '^[^ ]* r--s .*memfd' "/proc/$pid/maps" || fail "a decoder may write to the file's bytes"
    fi
done
# Killed while they decode: these two files are lost, the others are judged.
# shellcheck disable=SC2086
kill -9 $decoders
got=0
wait "$scan" || got=$?
is "$got" 2 "exit status"
grep -c '"decoder_crashed".*SIGKILL' records >count
is "$(cat count)" 2 "files lost"
has records '"status":"match"'
has records '"inputs":4,"clean":1,"match":1,"indeterminate":2'
# shellcheck disable=SC2086
gone $nursery $decoders || fail "processes outlived the scan"

# The program is killed.
start_hanging
kill -9 "$scan"
wait "$scan" 2>/dev/null || true
# shellcheck disable=SC2086
wait_until gone $nursery $decoders

# The nursery is killed, and the decoders with it: every file that is left is indeterminate.
start_hanging
kill -9 "$nursery"
got=0
wait "$scan" || got=$?
is "$got" 2 "exit status"
has records '"inputs":4,"clean":0,"match":0,"indeterminate":4,"reasons":\{"decoder_crashed":4\}'
has records 'there is no decoder process, and none can be started'
# shellcheck disable=SC2086
wait_until gone $decoders

# Signals of a terminal reach all processes; the decoders leave them to the program.
start_hanging
# shellcheck disable=SC2086
kill -INT $nursery $decoders
# shellcheck disable=SC2086
kill -TERM $nursery $decoders
sleep 0.2
# shellcheck disable=SC2086
! gone $nursery || fail "a terminal's signal ended the nursery"
two_decoders || fail "a terminal's signal ended a decoder"
# shellcheck disable=SC2086
kill -9 $decoders
wait "$scan" || true

# Decoders are killed at random during a scan of 500 files: one record each, judged or indeterminate.
mkdir folder
for i in $(seq 1 500); do cp "$pictures/other-$((i % 4 + 1)).jpg" "folder/$i.jpg"; done
"$program" scan --list list --jobs 2 --format jsonl folder >chaos 2>messages &
scan=$!
wait_until has_nursery
kills=0
RANDOM=4711
while kill -0 "$scan" 2>/dev/null && [ "$kills" -lt 60 ]; do
    for pid in $(children "$nursery"); do
        [ $((RANDOM % 3)) -ne 0 ] || { kill -9 "$pid" 2>/dev/null && kills=$((kills + 1)); } || true
    done
    sleep 0.01
done
wait "$scan" || true
[ "$kills" -ge 3 ] || fail "the scan ended after $kills kills: it shows nothing"
py <<'PYTHON'
from records import check, read_run
_, results, summary = read_run("chaos")
check(sorted(r["path"] for r in results) == sorted("folder/%d.jpg" % i for i in range(1, 501)), "records")
for r in results:
    check(r["status"] == "clean" or (r["reason"] == "decoder_crashed" and "SIGKILL" in r["detail"]), r)
check(summary["clean"] >= 400, summary)
PYTHON

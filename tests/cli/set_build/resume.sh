#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A build that was killed or stopped goes on where it was and ends in the same bytes, whatever the number of threads.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

# Long enough to be caught in the middle, and no longer: every token is a multiplication.
random_hashes 3000 21 >list.csv
sed 's/,entry 7$/,another label/' list.csv >other.csv
expect 0 phash key new --quiet --out key
expect 0 phash key new --quiet --out other-key
arguments=(--key key --name resumed --created 2026-01-01 list.csv)
expect 0 phash set build --quiet --out whole.phb --jobs 2 "${arguments[@]}"

# start_and SIGNAL SIZE [ARGUMENT...]: build out.d/set.phb until its journal has SIZE bytes, then send the signal. The
# exit status is left in $status. Job control on: else a background job has SIGINT ignored.
start_and() {
    local signal=$1 size=$2
    shift 2
    set -m
    "$program" set build --out out.d/set.phb "$@" >out 2>err &
    job=$!
    set +m
    for _ in $(seq 3000); do
        [ "$(stat -c %s out.d/set.phb.part 2>/dev/null || echo 0)" -lt "$size" ] || break
        kill -0 $job 2>/dev/null || fail "the build ended before its journal had $size bytes: $(cat err)"
        sleep 0.01
    done
    kill "-$signal" $job
    status=0
    wait $job 2>/dev/null || status=$?
}

# Killed at moments drawn by chance, again and again, until it comes to its end.
mkdir out.d
RANDOM=${PHASH_SEED:-$(date +%s)}
echo "seed $RANDOM" >&2
for round in 1 2 3 4; do
    # what the run before left, and a little more: only then has this one told that it goes on
    at=$(($(stat -c %s out.d/set.phb.part 2>/dev/null || echo 0) + 9000 + RANDOM % 40000))
    start_and KILL $at --jobs 2 "${arguments[@]}"
    is $status 137 "exit status of a killed build"
    [ $round = 1 ] || has err "^phash set build: out.d/set.phb.part: going on after [0-9]+ tokens$"
    is "$(ls -A out.d)" set.phb.part "files after a kill"
    is "$(stat -c %a out.d/set.phb.part)" 600 "mode of a journal"
done
# A kill may cut the last chunk short at any byte.
size=$(stat -c %s out.d/set.phb.part)
truncate -s $((size - 1 - RANDOM % 8000)) out.d/set.phb.part
expect 0 phash set build --out out.d/set.phb --jobs 1 "${arguments[@]}"
has err "going on after [0-9]+ tokens$"
has out '^out.d/set.phb: 3000 entries, '
is "$(ls -A out.d)" set.phb "files after the build"
same out.d/set.phb whole.phb
rm out.d/set.phb

# Stopped by a signal: the journal stays, the message says how to go on, and what was kept is not computed again.
for signal in INT TERM HUP; do
    rm -f out.d/set.phb.part
    start_and $signal 60000 "${arguments[@]}"
    is $status 2 "exit status after SIG$signal"
    has err '^phash set build: stopped; [0-9]+ tokens are kept in out.d/set.phb.part: the same command goes on'
    is "$(ls -A out.d)" set.phb.part "files after SIG$signal"
    is_empty out
done
kept=$(sed -n 's/.*stopped; \([0-9]*\) tokens.*/\1/p' err)
expect 0 phash set build --out out.d/set.phb "${arguments[@]}"
has err "^phash set build: out.d/set.phb.part: going on after $kept tokens\$"
same out.d/set.phb whole.phb

# The date that is not given is that of the first run; then the end is the same, too.
rm out.d/set.phb
start_and TERM 60000 --key key --name resumed list.csv
cp out.d/set.phb.part kept.part
sleep 1.1
expect 0 phash set build --quiet --out out.d/set.phb --key key --name resumed list.csv
mv out.d/set.phb first.phb
cp kept.part out.d/set.phb.part
sleep 1.1
expect 0 phash set build --quiet --out out.d/set.phb --key key --name resumed list.csv
same out.d/set.phb first.phb

# A journal of other inputs is not used: it is told, and the set is what it would be without.
head -n 1500 list.csv >short.csv
mv short.csv list.csv
head -n 1500 other.csv >short.csv
mv short.csv other.csv
rm out.d/set.phb
start_and TERM 20000 --key key --name resumed list.csv
mv out.d/set.phb.part kept.part
for change in 'key=other-key' 'list=other.csv' 'bands=7' 'name=other'; do
    key=key list=list.csv bands=6 name=resumed
    eval "$change"
    build=(--key "$key" --name "$name" --bands "$bands" --created 2026-01-01 "$list")
    cp kept.part out.d/set.phb.part
    expect 0 phash set build --out out.d/set.phb "${build[@]}"
    has err '^phash set build: out.d/set.phb.part: of a build with another list, key or parameters: not used'
    lacks err 'going on'
    is "$(ls -A out.d)" set.phb "files after $change"
    expect 0 phash set build --quiet --out fresh.phb "${build[@]}"
    same out.d/set.phb fresh.phb
done
# Nor does its date find its way into another build.
cp kept.part out.d/set.phb.part
expect 0 phash set build --quiet --out out.d/set.phb --key key --name other list.csv
expect 0 phash set inspect --format jsonl out.d/set.phb
[ "$(sed 's/.*"created":\([0-9]*\).*/\1/' out)" -ge "$(($(date +%s) - 100))" ] || fail "an old date: $(cat out)"

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A scan that is killed at any moment and taken up again, again and again, ends in the output of one that was not.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

make_list list.csv photo-1.jpg photo-2.jpg photo-3.jpg
expect 0 phash key new --quiet --out key
expect 0 phash set build --quiet --key key --name tests --out set.phb list.csv
mkdir folder
for copy in 1 2 3; do
    for picture in "$pictures"/*; do
        cp "$picture" "folder/$copy-${picture##*/}"
    done
done
n=$(find folder -type f | wc -l)
sleep 3.1 # what changed in the last seconds is not noted
RANDOM=${PHASH_SEED:-$(date +%s)}
echo "seed $RANDOM" >&2

# killed ARGUMENT...: begin a scan and kill it after 0 to 100 ms, if it is not over by then.
killed() {
    set -m
    "$program" scan --format jsonl --journal journal --resume "$@" folder >out 2>err &
    set +m
    sleep "0.$(printf '%03d' $((RANDOM % 100)))"
    kill -KILL $! 2>/dev/null || true
    wait $! 2>/dev/null || true
}

for mode in plain private; do
    what=(--list list.csv)
    [ $mode = plain ] || what=(--set set.phb --key key)
    expect 2 phash scan --format jsonl "${what[@]}" folder
    mv out whole
    for jobs in 1 2; do
        rm -f journal
        for _ in $(seq 8); do
            killed "${what[@]}" --jobs $jobs
            [ $((RANDOM % 3)) != 0 ] || [ ! -s journal ] || truncate -s -$((RANDOM % 500)) journal 2>/dev/null || true
        done
        expect 2 phash scan --format jsonl --journal journal --resume "${what[@]}" --jobs $jobs folder
        same out whole
        lacks err damaged
        echo "$mode, $jobs jobs: $(tail -n 1 err)" >&2
        expect 2 phash scan --format jsonl --journal journal --resume "${what[@]}" --jobs $jobs folder
        same out whole
        has err "journal: $n of $n inputs taken from it"
    done
done

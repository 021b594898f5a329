#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# How well are the photos of a folder found again after edits? docs/recall.md says what is measured.
#
#   bench/recall/run.sh FOLDER [OPTION of bench-recall]...
#
# Environment: BUILD, where the project was built (default build); WORK, where edited copies go and results come from
# (default recall-work; 10 to 30 MB a megapixel of photos); JOBS, processes (default all processors); MAX_SIDE, to how
# many pixels larger photos are reduced first (default 2048; 0 never). Pairs of photos that show the same can be listed
# in $WORK/same.tsv. Results: $WORK/recall.txt, recall.jsonl, *.svg.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=${BUILD:-$root/build}
work=${WORK:-recall-work}
jobs=${JOBS:-$(nproc)}

if [ $# = 0 ] || [ ! -d "$1" ]; then
    echo "usage: $0 FOLDER [OPTION of bench-recall]..." >&2
    exit 64
fi
folder=$1
shift
bench=$build/bench/bench-recall
if [ ! -x "$bench" ]; then
    echo "$bench is not there. Build it: cmake -S $root -B $build && cmake --build $build" >&2
    exit 1
fi
. "$here/find_python.sh"
if [ -z "$python" ]; then
    echo "No python3 with Pillow and numpy. On Debian: apt-get install python3-pil python3-numpy" >&2
    exit 1
fi

mkdir -p "$work"
"$python" "$here/edits.py" --jobs "$jobs" --max-side "${MAX_SIDE:-2048}" "$folder" "$work"
if [ -f "$work/same.tsv" ]; then
    set -- --same "$work/same.tsv" "$@"
fi
status=0
"$bench" --jobs "$jobs" "$@" --save "$work/recall.jsonl" "$work" >"$work/recall.txt" || status=$?
[ "$status" -le 1 ] || exit "$status" # 1: some file could not be read; the others count
"$python" "$here/plot.py" "$work/recall.jsonl" "$work"
cat "$work/recall.txt"
exit "$status"

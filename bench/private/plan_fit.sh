#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Fit the planner's model anew and write libphash/match/plan_model.c: to be done whenever the list of views changes.
#
#   bench/private/plan_fit.sh FOLDER WORDS
#
# FOLDER has the photos to fit on; WORDS say which they are, for the comment in the file ("; " begins a new line).
# Environment: BUILD, where the project was built (default build; it is built again twice); WORK, where edited copies go
# (default plan-work; copies that are there are kept); EDITS, edited copies of each photo and of each of its quarters
# (default 20). Needs python3 with Pillow and numpy. Takes minutes for 33 photos.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=${BUILD:-$root/build}
work=${WORK:-plan-work}
model=$root/libphash/match/plan_model.c

if [ $# != 2 ] || [ ! -d "$1" ]; then
    echo "usage: $0 FOLDER WORDS" >&2
    exit 64
fi
. "$root/bench/recall/find_python.sh"
if [ -z "$python" ]; then
    echo "No python3 with Pillow and numpy. On Debian: apt-get install python3-pil python3-numpy" >&2
    exit 1
fi
if [ ! -f "$work/index.tsv" ]; then
    "$python" "$here/plan_edits.py" "$1" "$work" "${EDITS:-20}"
fi
"$build/bench/plan-data" flips "$work" >"$work/flips.tsv"
"$python" "$here/plan_fit.py" "$work/flips.tsv" "$2" >"$work/model.c"
cp "$work/model.c" "$model"
cmake --build "$build" --target plan-data # the order in which views give their tokens follows from the flip model
"$build/bench/plan-data" reach "$work" >"$work/reach.tsv"
"$python" "$here/plan_fit.py" "$work/flips.tsv" "$2" "$work/reach.tsv" >"$work/model.c"
cp "$work/model.c" "$model"
cmake --build "$build"

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Costs of two made pictures; and a model fitted on them has to come out whole.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
bench=$1
data=$2
. "$here/../recall/find_python.sh"
if [ -z "$python" ]; then
    echo "SKIP: no python3 with Pillow and numpy (Debian: python3-pil python3-numpy)"
    exit 77
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$scratch/photos"
PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE

"$python" "$here/../recall/make_photos.py" "$scratch/photos" 2
"$bench" --budget 64 --rounds 2 "$scratch"/photos/*.png >"$scratch/text"
grep -q '^2148 bytes up, 2196 down, 20140 in a saved query$' "$scratch/text"
"$bench" --budget 64 --rounds 2 --bands 8 --format jsonl "$scratch"/photos/*.png >"$scratch/jsonl"
"$python" -c 'import json, sys
r = json.loads(sys.stdin.read())
assert r["queries"] == 4 and r["bytes_up"] == 2148 and r["bands"] == 8, r
assert 0 < r["plan_us"]["p50"] < r["begin_us"]["p50"], r' <"$scratch/jsonl"
status=0
"$bench" --bands 5 "$scratch/photos/made-1.png" 2>/dev/null || status=$?
[ "$status" = 64 ]
status=0
"$bench" "$scratch/text" 2>/dev/null || status=$?
[ "$status" = 2 ]

"$python" "$here/plan_edits.py" "$scratch/photos" "$scratch/copies" 4
[ "$(grep -c . "$scratch/copies/index.tsv")" = 50 ] # two pictures and their quarters, each with four copies
"$data" flips "$scratch/copies" >"$scratch/flips.tsv"
"$data" reach "$scratch/copies" >"$scratch/reach.tsv"
"$python" "$here/plan_fit.py" "$scratch/flips.tsv" "made pictures" "$scratch/reach.tsv" >"$scratch/model.c" 2>/dev/null
"$python" "$here/plan_fit.py" evaluate "$scratch/model.c" "$scratch/reach.tsv" >"$scratch/shares"
grep -q '^m = 8: 64: ' "$scratch/shares"
cc -fsyntax-only -I"$here/../../libphash" -I"$here/../../libphash/include" "$scratch/model.c"
echo "ok"

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Three made pictures, four edits, end to end: the figures must be sane, and a second run must keep the files.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
bench=$1
. "$here/find_python.sh"
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

"$python" "$here/make_photos.py" "$scratch/photos" 3
make_edits() {
    "$python" "$here/edits.py" --jobs 2 --only jpeg-70,scale-50,crop-2,mirror "$scratch/photos" "$scratch/copies"
}
make_edits
(cd "$scratch/copies" && find . -name '*.[jp][pn]g' -exec cksum {} +) | sort >"$scratch/first"
"$bench" --jobs 2 --sample 2 --bands 7 --save "$scratch/recall.jsonl" "$scratch/copies" >"$scratch/recall.txt"
"$python" "$here/check_selftest.py" "$scratch/recall.jsonl" || {
    cat "$scratch/recall.txt"
    exit 1
}
"$python" "$here/plot.py" "$scratch/recall.jsonl" "$scratch"
for plot in found-31 found-48 found-60 distances; do
    "$python" -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' "$scratch/$plot.svg"
done

# A file that is missing is made again and comes out the same; the others are left alone.
rm "$scratch/copies/crop-2/made-2.jpg"
touch "$scratch/mark"
make_edits
(cd "$scratch/copies" && find . -name '*.[jp][pn]g' -exec cksum {} +) | sort >"$scratch/second"
cmp "$scratch/first" "$scratch/second"
[ "$(find "$scratch/copies" -name '*.[jp][pn]g' -newer "$scratch/mark" | wc -l)" = 1 ]

# Damage is told.
head -c 500 "$scratch/copies/jpeg-70/made-1.jpg" >"$scratch/cut"
mv "$scratch/cut" "$scratch/copies/jpeg-70/made-1.jpg"
status=0
"$bench" "$scratch/copies" >"$scratch/recall.txt" 2>"$scratch/told" || status=$?
[ "$status" = 1 ]
grep -q 'jpeg-70/made-1.jpg' "$scratch/told"
echo "ok"

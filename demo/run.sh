#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The demonstration: build, hash harmless photos into a list, blind the list, and privately scan a folder in which
# some pictures are edited copies of listed ones. Everything it makes is in build/demo; run it as often as you like.
set -eu
cd "$(dirname "$0")/.."

step() {
    printf '\n== %s\n' "$*"
}

step "Looking for what is needed"
sh scripts/install-deps.sh demo

step "Building (build/release)"
cmake --preset release -DPHASH_TESTS=OFF -DPHASH_BENCH=OFF >/dev/null
cmake --build build/release --parallel 2 >/dev/null
phash=$PWD/build/release/bin/phash
"$phash" --version

work=build/demo
photos=/usr/share/backgrounds/mate/nature
listed="Aqua Dune Garden LadyBird Storm TwoWings Wood YellowFlower"
others="Blinds FreshFlower GreenMeadow RainDrops"
rm -rf "$work/listed" "$work/folder"
mkdir -p "$work/listed" "$work/folder"

step "Taking photos from Debian's mate-backgrounds: 8 to be listed, 4 others"
for name in $listed; do
    cp "$photos/$name.jpg" "$work/listed/"
    # what messengers do: saved again at quality 30, at half size, and both
    djpeg "$photos/$name.jpg" | cjpeg -quality 30 >"$work/folder/$name-quality30.jpg"
    djpeg -scale 1/2 "$photos/$name.jpg" | cjpeg -quality 90 >"$work/folder/$name-half.jpg"
    djpeg -scale 1/2 "$photos/$name.jpg" | cjpeg -quality 30 >"$work/folder/$name-half-quality30.jpg"
    # and what somebody does who does not want it found: left and right exchanged
    jpegtran -flip horizontal -copy none "$photos/$name.jpg" >"$work/folder/$name-mirrored.jpg"
done
for name in $others; do
    cp "$photos/$name.jpg" "$work/folder/"
    djpeg -scale 1/2 "$photos/$name.jpg" | cjpeg -quality 30 >"$work/folder/$name-half-quality30.jpg"
done
echo "In $work/folder: $(find "$work/folder" -type f | wc -l) pictures, 32 of them edited copies of listed ones"

step "Making the list: phash hash"
(cd "$work/listed" && "$phash" hash -- *.jpg) >"$work/list.csv"
head -n 2 "$work/list.csv"
echo "... $(wc -l <"$work/list.csv") lines in $work/list.csv"

step "Drawing the evaluator's key and blinding the list: phash key new, phash set build"
[ -e "$work/evaluator.key" ] || "$phash" key new --out "$work/evaluator.key"
"$phash" set build --key "$work/evaluator.key" --out "$work/demo.phb" "$work/list.csv"

step "Scanning privately: phash scan --set"
status=0
"$phash" scan --set "$work/demo.phb" --key "$work/evaluator.key" "$work/folder" >"$work/private.txt" || status=$?
cat "$work/private.txt"
[ "$status" = 1 ] || {
    echo "the private scan ended with status $status instead of 1 (something matched)" >&2
    exit 1
}

step "Comparing with the plain scan: phash scan --list"
status=0
"$phash" scan --list "$work/list.csv" "$work/folder" >"$work/plain.txt" || status=$?
# the same lines, but for where a list is said to lie, and for the view: a query carries fewer of them
verdicts() {
    sed -n 's/  distance [0-9]* to / is /; s/ ([^)]*)$//; /^match\|^clean\|^indeterminate/p' "$1"
}
verdicts "$work/plain.txt" | sed "s| in $work/list.csv\$| in list.csv|" >"$work/plain.cmp"
verdicts "$work/private.txt" >"$work/private.cmp"
if [ "$status" != 1 ] || ! cmp -s "$work/plain.cmp" "$work/private.cmp"; then
    diff "$work/plain.cmp" "$work/private.cmp" || true
    echo "the private scan and the plain scan differ: see above" >&2
    exit 1
fi
found=$(grep -c '^match' "$work/private.cmp")
[ "$found" = 32 ] || {
    echo "$found pictures matched instead of 32" >&2
    exit 1
}
echo "Private and plain scan agree on every picture: the 32 edited copies match, the 8 others do not."

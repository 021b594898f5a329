#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# --frames all: a match of any frame is a match of the file, and one that could not be looked at is never clean.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

command -v djpeg >/dev/null || skip "no djpeg"
command -v python3 >/dev/null || skip "no python3"
for n in 1 2 3 4 5; do
    djpeg -grayscale -scale 1/2 -pnm "$pictures/photo-$n.jpg" >$n.pgm
done
{
    printf 'P5 320 240 255\n'
    head -c 76800 /dev/zero
} >flat.pgm
animate() {
    PYTHONDONTWRITEBYTECODE=1 python3 "$here/animate.py" "$@"
}
animate some.gif 1.pgm 2.pgm 3.pgm 4.pgm
animate none.gif 1.pgm 2.pgm 4.pgm
animate flat.gif flat.pgm 1.pgm flat.pgm
animate all-flat.gif flat.pgm flat.pgm
make_list list photo-3.jpg

# By default the first frame is looked at, and that is not listed.
expect 0 phash scan --list list some.gif
expect 1 phash scan --list list --format jsonl --frames all some.gif none.gif
has out '"type":"header".*"frame":"all","max_frames":256'
has out '"path":"some.gif","status":"match".*"frames":4,"frame":2,"distance":[0-9],'
has out '"path":"none.gif","status":"clean".*"frames":3,"frame":0'
expect 1 phash scan --list list --frames all some.gif
has out 'some.gif  distance [0-9]+ to .*, frame 2'
# Every frame that matches is named, the nearest first.
make_list two photo-3.jpg photo-1.jpg
expect 1 phash scan --list two --format jsonl --frames all some.gif
has out '"frame":[02],.*"matches":\[{.*"frame":[02]}\]'

# A flat frame among others is no trouble; nothing but flat ones is.
expect 0 phash scan --list list --frames all flat.gif
expect 2 phash scan --list list --format jsonl --frames all all-flat.gif
has out '"reason":"low_quality"'

# Frames beyond the limit: not clean, but a match is a match.
expect 2 phash scan --list list --format jsonl --frames all --max-frames 2 some.gif
has out '"status":"indeterminate".*"reason":"too_large","detail":"4 frames, of which the first 2 were looked at"'
expect 1 phash scan --list list --frames all --max-frames 3 some.gif

# A damaged frame: the same.
size=$(wc -c <some.gif)
head -c $((size - 30000)) some.gif >cut.gif
expect 2 phash scan --list list --frames all cut.gif
lacks out ' clean  '

# Of files with one frame nothing changes but the header.
cp "$pictures/half-3.jpg" "$pictures/other-1.jpg" "$pictures/flat.png" .
expect 2 phash scan --list list --format jsonl half-3.jpg other-1.jpg flat.png
grep '"type":"result"' out >single
expect 2 phash scan --list list --format jsonl --frames all half-3.jpg other-1.jpg flat.png
grep '"type":"result"' out >all
same all single

# With and without decoder processes, and with a journal, the same.
everything=(--list list --format jsonl --frames all some.gif none.gif flat.gif all-flat.gif half-3.jpg)
expect 2 phash scan "${everything[@]}"
grep '"type":"result"' out >all
expect 2 phash scan --no-sandbox "${everything[@]}"
grep '"type":"result"' out >without
same without all
sleep 2.1 # younger files are not noted
for taken in 0 5; do
    expect 2 phash scan --journal journal --resume "${everything[@]}"
    has err "journal: $taken of 5 inputs"
    grep '"type":"result"' out >resumed
    same resumed all
done
expect 2 phash scan --journal journal --resume --max-frames 3 "${everything[@]}"
has err 'journal: 0 of 5 inputs'

expect 64 phash scan --list list --max-frames 3 some.gif
expect 64 phash scan --list list --frames all --max-frames 1001 some.gif
expect 64 phash scan --list list --frames some some.gif
expect 0 phash key new --quiet --out key
expect 0 phash set build --quiet --key key --name tests --budget 64 --out set.phb list
expect 64 phash scan --set set.phb --key key --frames all some.gif
has err 'goes with --list'

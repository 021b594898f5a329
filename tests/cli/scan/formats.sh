#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# --formats, --no-formats and --frames.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

make_list list photo-1.jpg
mkdir folder
cp "$pictures/photo-1.jpg" folder/a.jpg
cp "$pictures/rgb-3.png" folder/b.png
# Two frames of 6 x 6 pixels, all of one colour: codes of three bits, a clear code before every third pixel.
gif_frame() { # COLOUR
    printf '\54\0\0\0\0\6\0\6\0\0\2'
    py_with "$1" <<'PYTHON'
import sys
bits, n = 0, 0
for i in range(36):
    for code in ([4] if i % 2 == 0 else []) + [int(sys.argv[1])]:
        bits |= code << n
        n += 3
bits |= 5 << n
data = bits.to_bytes((n + 10) // 8, "little")
sys.stdout.buffer.write(bytes([len(data)]) + data + b"\0")
PYTHON
}
{
    printf 'GIF89a\6\0\6\0\201\0\0\0\0\0\377\377\377\377\0\0\0\0\377'
    gif_frame 1
    gif_frame 2
    printf '\73'
} >folder/c.gif

status_of() { # FILE
    sed -n "s|.*\"path\":\"folder/$1\",\"status\":\"\([a-z]*\)\".*|\1|p" out
}
expect 2 phash scan --list list --format jsonl folder
has out '"type":"header".*"formats":\["jpeg","png",("webp",)?"gif","bmp","pnm"'
has out '"path":"folder/c.gif".*"reason":"low_quality".*"kind":"GIF".*"frames":2,"frame":0'
is "$(status_of a.jpg)" match "a.jpg"
is "$(status_of b.png)" clean "b.png"

expect 2 phash scan --list list --format jsonl --formats jpeg,gif --frames 1 folder
has out '"type":"header".*"formats":\["jpeg","gif"\],"frame":1'
has out '"path":"folder/b.png".*"reason":"unsupported","detail":"PNG pictures are switched off"'
has out '"path":"folder/c.gif".*"reason":"low_quality".*"frames":2,"frame":1'
is "$(status_of a.jpg)" match "a.jpg"
expect 2 phash scan --list list --format jsonl --no-formats jpeg --no-formats gif folder
has out '"path":"folder/a.jpg".*"reason":"unsupported"'
has out '"path":"folder/c.gif".*"reason":"unsupported"'
is "$(status_of b.png)" clean "b.png"
expect 0 phash hash --format jsonl --frames 7 folder/c.gif
has out '"kind":"GIF","width":6,"height":6,"orientation":1,"frames":2,"frame":1'

expect 64 phash scan --list list --formats jpg folder
has err "not 'jpg'"
expect 64 phash scan --list list --formats '' folder
expect 64 phash scan --list list --no-formats jpeg, folder
if phash --version | grep -q HEIF; then
    expect 2 phash scan --list list --format jsonl --formats heif folder
    has out '"type":"header".*"formats":\["heif"\]'
    has out '"path":"folder/a.jpg".*"reason":"unsupported"'
else
    expect 64 phash scan --list list --formats heif folder
    has err 'this build does not decode heif'
fi
expect 64 phash scan --list list --frames 1000 folder

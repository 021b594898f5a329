#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# --frames all: a match of any frame is a match of the file, and no frame goes unmentioned.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

# Grey pictures from text: hills of light whose places depend on a seed. GIF codes of nine bits, cleared in time.
cat >make.py <<'PYTHON'
import math, struct, sys

W = H = 96

def grey(seed):
    if seed == 0:
        return bytes([128]) * (W * H)
    rows = bytearray()
    for y in range(H):
        for x in range(W):
            v = 0
            for k in range(1, 9):
                a = (seed * 37 * k) % 11 - 5
                b = (seed * 53 * k * k) % 13 - 6
                v += math.cos((a * x + b * y) * math.pi / W + seed * k) / (1 + k % 3)
            rows.append(max(0, min(255, int(128 + v * 32))))
    return bytes(rows)

def gif(seeds, bad):
    out = b"GIF89a" + struct.pack("<HHBBB", W, H, 0xf7, 0, 0) + bytes(i for i in range(256) for _ in range(3))
    for n, seed in enumerate(seeds):
        bits = size = 0
        for i, p in enumerate(grey(seed)):
            for code in ([256] if i % 200 == 0 else []) + [p]:
                bits |= code << size
                size += 9
        bits |= 257 << size
        data = bytearray(bits.to_bytes((size + 16) // 8, "little"))
        if n == bad:
            data[40:44] = b"\xff\xff\xff\xff"
        out += b"\x21\xf9\4\0\x0a\0\0\0" # 0.1 s: in JPEG XL what lasts no time is no frame of its own
        out += b"\x2c" + struct.pack("<HHHHBB", 0, 0, W, H, 0, 8)
        for i in range(0, len(data), 255):
            out += bytes([len(data[i:i + 255])]) + data[i:i + 255]
        out += b"\0"
    return out + b"\x3b"

def tiff(seeds, bad):
    out = b"II\x2a\0"
    for n, seed in enumerate(seeds):
        strip = len(out) + 4
        out += struct.pack("<I", strip + W * H) + grey(seed)
        tags = [(256, W), (257, H), (258, 8), (259, 34712 if n == bad else 1), (262, 1), (273, strip), (277, 1),
                (278, H), (279, W * H)]
        out += struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", t, 4, 1, v) for t, v in tags)
    return out + b"\0\0\0\0"

name, bad = sys.argv[1], int(sys.argv[2])
make = tiff if name.endswith(".tif") else gif
open(name, "wb").write(make([int(s) for s in sys.argv[3:]], bad))
PYTHON
make() { # FILE BAD SEED...
    python3 make.py "$@"
}
mkdir folder
make listed.gif -1 7
make folder/third.gif -1 1 2 7 3
make folder/none.gif -1 1 2 3
make folder/one.gif -1 7
make folder/flat_first.gif -1 0 1 0
make folder/all_flat.gif -1 0 0
make folder/damaged.gif 1 1 2 3
make folder/damaged_match.gif 1 1 2 7
expect 0 phash hash listed.gif
cut -d, -f1 out | grep -E '^[0-9a-f]{64}$' >list
kinds=gif
if phash --version | grep -q TIFF; then
    kinds="gif tif"
    make folder/third.tif -1 1 2 7 3
    make folder/damaged_match.tif 1 1 2 7
    make folder/damaged.tif 0 1 2 3
fi
if phash --version | grep -q WebP && command -v gif2webp >/dev/null; then
    kinds="$kinds webp"
    gif2webp -quiet folder/third.gif -o folder/third.webp
fi
# The sequence of these is compressed as such, with frames made from others.
if phash --version | grep -q 'JPEG XL' && command -v cjxl >/dev/null; then
    kinds="$kinds jxl"
    cjxl --quiet -e 3 -d 0 folder/third.gif folder/third.jxl 2>err || fail "cjxl"
fi
if phash --version | grep -q AVIF && command -v avifenc >/dev/null && command -v convert >/dev/null; then
    kinds="$kinds avif"
    convert folder/third.gif -coalesce frame%d.png
    avifenc -s 10 -j 1 --min 0 --max 0 frame?.png folder/third.avif >err 2>&1 || fail "avifenc"
fi

is_record() { # FILE PATTERN
    grep -qE "\"path\":\"folder/$1\",$2" out || fail "$1 is not $2: $(grep "folder/$1" out)"
}
scan() { # STATUS OPTION...
    local status=$1
    shift
    expect "$status" phash scan --list list --format jsonl --frames all "$@" folder
}
scan 2
has out '"type":"header".*"frame":"all","max_frames":256'
for kind in $kinds; do
    is_record "third.$kind" '"status":"match",.*"frames":4,"frame":2,"distance":[0-9]'
done
is_record none.gif '"status":"clean",.*"frames":3,"frame":0'
is_record one.gif '"status":"match",.*"height":96,"distance":0'
is_record flat_first.gif '"status":"clean",.*"frames":3,"frame":1'
is_record all_flat.gif '"status":"indeterminate","reason":"low_quality".*"frames":2,"frame":0'
is_record damaged.gif \
    '"status":"indeterminate","reason":"corrupt","detail":"frame 1: .*"hash":null.*"frames":3,"frame":1'
is_record damaged_match.gif '"status":"match",.*"frames":3,"frame":2'
case $kinds in *tif*)
    is_record damaged_match.tif '"status":"match",.*"frames":3,"frame":2'
    is_record damaged.tif '"status":"indeterminate","reason":"unsupported","detail":"frame 0: '
    ;;
esac
sed 's/"sandbox":"[a-z]*","sandbox_parts":{[^}]*},"timeout":[0-9]*/"sandbox":"off"/' out >whole
scan 2 --no-sandbox
same whole out

# Only the first of more frames: never clean.
scan 2 --max-frames 2
is_record third.gif \
    '"status":"indeterminate","reason":"too_large","detail":"4 frames, of which the first 2 were looked at"'
is_record none.gif '"status":"indeterminate","reason":"too_large"'
is_record one.gif '"status":"match"'
scan 2 --max-frames 3
is_record third.gif '"status":"match",.*"frames":4,"frame":2'
is_record none.gif '"status":"clean"'

# The journal: another number of frames is another option; resumed records are the same.
sleep 3.1 # what changed in the last seconds is not noted
scan 2 --journal journal
cp out first
scan 2 --journal journal --resume
same first out
has err 'journal: [1-9][0-9]* of [0-9]+ inputs taken'
scan 2 --journal journal --resume --max-frames 2
is_record third.gif '"status":"indeterminate","reason":"too_large"'

expect 1 phash scan --list list --frames all folder/third.gif
has out 'match +folder/third.gif .*, frame 2'
expect 64 phash scan --list list --max-frames 3 folder
has err 'max-frames goes with'
expect 64 phash scan --list list --frames all --max-frames 1001 folder
expect 64 phash scan --set set --key key --frames all folder
has err 'how many there are'

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What is in the way of a journal or wrong in it.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

random_hashes 2000 22 >list.csv
expect 0 phash key new --quiet --out key
arguments=(--jobs 2 --key key --name j --created 2026-01-01 list.csv)
expect 0 phash set build --quiet --out whole.phb "${arguments[@]}"
set -m
"$program" set build --quiet --out set.phb "${arguments[@]}" &
job=$!
set +m
while [ "$(stat -c %s set.phb.part 2>/dev/null || echo 0)" -lt 50000 ]; do
    kill -0 $job || fail "the build ended too early"
    sleep 0.005
done
# Two builds of one set at a time would be in each other's way.
kill -STOP $job
expect 2 phash set build --quiet --out set.phb "${arguments[@]}"
has err '^phash set build: set.phb.part: another process is building this set$'
kill -KILL $job
wait $job 2>/dev/null || :
cp set.phb.part good.part
size=$(stat -c %s good.part)
[ "$size" -ge 50000 ] || fail "a journal of $size bytes"

# Damage anywhere: what is behind it is computed again, and the set is the same. No byte of it is trusted.
for at in 36 37 40 44 60 5000 8290 8300 20000 $((size - 1)); do
    cp good.part set.phb.part
    byte=$(od -An -tu1 -j $at -N 1 set.phb.part)
    # shellcheck disable=SC2059 # the format is made here
    printf "\\x$(printf %x $((byte ^ 16)))" | dd of=set.phb.part bs=1 seek=$at conv=notrunc status=none
    expect 0 phash set build --quiet --out set.phb "${arguments[@]}"
    same set.phb whole.phb
    [ ! -e set.phb.part ] || fail "the journal is left"
done
# Chunks in another order, and twice, are as good.
py <<'PYTHON'
data = open("good.part", "rb").read()
head, at, chunks = data[:36], 36, []
while at + 8 <= len(data):
    size = int.from_bytes(data[at + 4:at + 8], "little")
    chunks.append(data[at:at + 8 + size])
    at += 8 + size
chunks = [c for c in chunks if len(c) == 8 + int.from_bytes(c[4:8], "little")]
open("turned.part", "wb").write(head + b"".join(reversed(chunks)) + chunks[0])
# A chunk under another's number opens nothing.
swapped = chunks[1][:4] + chunks[0][4:]
open("swapped.part", "wb").write(head + swapped + b"".join(chunks))
PYTHON
for part in turned swapped; do
    mv $part.part set.phb.part
    expect 0 phash set build --out set.phb "${arguments[@]}"
    [ $part = swapped ] || has err 'going on after [0-9]+ tokens$'
    [ $part = turned ] || lacks err 'going on'
    same set.phb whole.phb
done
# The file reveals nothing: neither hashes nor labels, and no two chunks have anything in common.
py <<'PYTHON'
import zlib
from records import check
data = open("good.part", "rb").read()[36:]
check(len(zlib.compress(data, 9)) > len(data) * 0.999, "the journal can be compressed")
for line in open("list.csv", "rb"):
    check(bytes.fromhex(line.split(b",")[0].decode())[:6] not in data, "a hash stands in the journal")
PYTHON

# Other files of its name are left alone.
echo 'my notes' >set.phb.part
expect 2 phash set build --quiet --out set.phb "${arguments[@]}"
has err '^phash set build: set.phb.part: is not the journal of a build; move it away$'
is "$(cat set.phb.part)" 'my notes' 'a foreign file'
rm set.phb.part
mkdir set.phb.part
expect 2 phash set build --quiet --out set.phb "${arguments[@]}"
rmdir set.phb.part
echo x >elsewhere
ln -s elsewhere set.phb.part
expect 2 phash set build --quiet --out set.phb "${arguments[@]}"
is "$(cat elsewhere)" x 'what a link leads to'
rm set.phb.part
mkfifo set.phb.part
expect 2 timeout 60 "$program" set build --quiet --out set.phb "${arguments[@]}"
rm set.phb.part
# A journal of which only a part of the head was written is begun anew.
head -c 20 good.part >set.phb.part
expect 0 phash set build --out set.phb "${arguments[@]}"
is_empty err
same set.phb whole.phb

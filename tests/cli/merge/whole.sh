#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Parts of a run, merged in any order and in any grouping, are the run in one piece, byte for byte.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

mkdir folder folder/sub
cp "$pictures"/{photo-1,photo-2,half-1,half-2,turned-1,other-1,other-2}.jpg "$pictures"/{flat,alpha-2}.png folder
cp "$pictures/half-3.jpg" folder/sub/$'new\nline.jpg'
cp "$pictures/half-4.jpg" folder/sub/$'not utf-8 \xff.jpg'
cp "$pictures/half-5.jpg" folder/sub/'"quoted\".jpg'
cp "$pictures/half-6.jpg" folder/sub.jpg
echo 'no picture' >folder/text
ln -s text folder/link
make_list list photo-1.jpg photo-2.jpg photo-5.jpg
echo 'a row without a hash' >>list

# split COUNT ARGUMENT...: a scan or hash in COUNT parts, part-1 to part-COUNT
split() {
    local count=$1 i
    shift
    rm -f part-*
    for ((i = 1; i <= count; i++)); do
        "$program" "$@" --format jsonl --shard "$i/$count" >"part-$i" 2>err || [ $? -le 2 ] || fail "$* part $i"
    done
}

for count in 1 2 3 7 40; do
    expect 2 phash scan --list list --format jsonl folder folder/text missing folder
    mv out whole
    split "$count" scan --list list folder folder/text missing folder
    expect 0 phash merge part-*
    is_empty err
    same out whole
    # shellcheck disable=SC2046,SC2012 # names without spaces
    expect 0 phash merge --expect "$count" -o merged $(ls part-* | tac)
    is_empty out
    same merged whole
done
# Every input is in the part that its name says: FNV-1a, the high half folded in.
# Numbers count the inputs of the run in one piece. Nothing in a record says when it was made.
py <<'PYTHON'
import glob
from records import check, json_lines, name_of

whole = json_lines("whole")
numbers = []
for path in glob.glob("part-*"):
    header, *results, summary = json_lines(path)
    part = int(path.removeprefix("part-"))
    check(header["shard"]["of"] == 40 and header["shard"]["parts"] == [part], header)
    check(summary["inputs"] == len(results) and summary["shard"]["walked"] == len(whole) - 2, summary)
    for r in results:
        value = 0xcbf29ce484222325
        for byte in name_of(r):
            value = (value ^ byte) * 0x100000001b3 % 2**64
        check((value ^ value >> 32) % 40 + 1 == part, "part of", r)
        number = r.pop("n")
        check(r == whole[number], "number of", r)
        numbers.append(number)
check(sorted(numbers) == list(range(1, len(whole) - 1)), "numbers", numbers)
check(sum(len(json_lines(p)) > 2 for p in glob.glob("part-*")) > 5, "the inputs are hardly spread")
PYTHON

# In any grouping.
split 5 scan --list list folder
expect 2 phash scan --list list --format jsonl folder
mv out whole
expect 0 phash merge --partial part-4 part-1
mv out a
expect 0 phash merge --partial part-5 part-2
mv out b
expect 0 phash merge --partial b part-3
mv out c
expect 0 phash merge c a
same out whole
expect 0 phash merge --partial a part-5
mv out left
expect 0 phash merge --partial part-4 part-5
mv out right
expect 0 phash merge --partial right part-1
same out left
# Twice the same gives the same; the number of threads does not matter.
for i in 1 2; do
    for jobs in 1 3; do
        "$program" scan --list list --format jsonl --shard "$i/5" --jobs $jobs folder >out || [ $? -le 2 ]
        same out "part-$i"
    done
done
# One part is the whole.
split 1 scan --list list folder
expect 0 phash merge part-1
same out whole

# Names from a list, in the order of the list.
printf '%s\n' folder/text folder/photo-2.jpg folder/sub folder/photo-1.jpg folder/text >names
expect 2 phash scan --list list --format jsonl --files-from names
mv out whole
split 3 scan --list list --files-from names
expect 0 phash merge part-*
same out whole

# Private scans, hashes.
make_list list photo-1.jpg photo-2.jpg photo-5.jpg
expect 0 phash key new --quiet --out key
expect 0 phash set build --quiet --key key --out set.phb list
expect 2 phash scan --set set.phb --key key --format jsonl folder
mv out whole
split 3 scan --set set.phb --key key folder
expect 0 phash merge part-*
same out whole
expect 2 phash hash --format jsonl --dihedral folder
mv out whole
split 4 hash --dihedral folder
expect 0 phash merge part-*
same out whole
expect 0 phash merge --partial part-1 part-3
mv out some
expect 0 phash merge part-4 some part-2
same out whole

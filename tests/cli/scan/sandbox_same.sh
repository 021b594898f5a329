#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# With and without decoder processes: the same records, byte for byte, from all kinds of files.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

make_list list photo-1.jpg turned-1.jpg other-2.jpg
mkdir folder
cp "$pictures"/* folder
size=$(stat -c %s "$pictures/half-1.jpg")
for i in $(seq 1 40); do # cut short, and with a byte changed
    head -c $((size * i / 41)) "$pictures/half-1.jpg" >"folder/cut-$i.jpg"
    at=$((i * 211 % size))
    {
        head -c "$at" "$pictures/half-2.jpg"
        printf '\125'
        tail -c +$((at + 2)) "$pictures/half-2.jpg"
    } >"folder/changed-$i.jpg"
    {
        head -c $((i * 97)) "$pictures/rgb-3.png"
        printf '\125'
        tail -c +$((i * 97 + 2)) "$pictures/rgb-3.png"
    } >"folder/changed-$i.png"
done
: >folder/empty.jpg
truncate -s 600M folder/too-large.jpg
truncate -s 17M folder/zeros.bin
expect 0 phash key new --quiet --out key
expect 0 phash set build --quiet --key key --budget 64 --out set.phb list
# Few tokens: the bits that the margins call uncertain decide what is found.
make_list photos photo-1.jpg photo-2.jpg photo-3.jpg photo-4.jpg photo-5.jpg photo-6.jpg
expect 0 phash set build --quiet --key key --budget 64 --out few.phb photos

# twice STATUS COMMAND...: run it with and without.
twice() {
    local status=$1
    shift
    expect "$status" phash "$@" folder missing
    sed 's/"sandbox":"[a-z]*","sandbox_parts":{[^}]*},"timeout":[0-9]*/"sandbox":"off"/' out >with
    mv err with_err
    expect "$status" phash "$@" --no-sandbox folder missing
    same with out
    same with_err err
}
twice 2 scan --list list --format jsonl
[ "$(grep -ac truncated out)" -ge 30 ] || fail "too few of the files are damaged"
twice 2 scan --list list --format jsonl --jobs 5 --views none --pipeline exact
twice 2 scan --list list --format csv --pipeline scaled --orientation ignore
twice 2 scan --set set.phb --key key --format jsonl
twice 2 scan --set few.phb --key key --format jsonl --pipeline exact --views none
twice 2 hash --format jsonl --orientation both --dihedral
twice 2 hash --alpha drop
twice 2 dedup --format jsonl
twice 2 dedup --views none --format csv --jobs 1

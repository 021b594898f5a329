#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Distances of hashes and pictures in all combinations.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

zeros=$(printf '%064d' 0)
ones=${zeros//0/f}

distance() {
    local want=$1
    shift
    expect 0 phash compare "$@"
    is "$(cat out)" "$want" "distance of $*"
    is_empty err
}

distance 0 "$zeros" "$zeros"
distance 256 "$zeros" "$ones"
distance 4 "$zeros" "f${zeros:1}"
distance 1 "$zeros" "${zeros:1}8"
distance 128 "${zeros:0:32}${ones:0:32}" "$zeros"
distance 0 ABCDEF"${zeros:6}" abcdef"${zeros:6}"

photo=$pictures/photo-1.jpg
hash=$(phash hash "$photo" | cut -d , -f 1)
distance 0 "$photo" "$photo"
distance 0 "$hash" "$photo"
distance 0 "$photo" "$hash"
near=$(phash compare "$photo" "$pictures/quality30-1.jpg")
[ "$near" -le 31 ] || fail "re-saved at quality 30: distance $near"
far=$(phash compare "$photo" "$pictures/other-1.jpg")
[ "$far" -ge 80 ] || fail "another picture: distance $far"

# A phone's picture is upright by default; as stored it is another one.
turned=$pictures/turned-1.jpg
near=$(phash compare "$photo" "$turned")
[ "$near" -le 10 ] || fail "EXIF applied: distance $near"
far=$(phash compare --orientation ignore "$photo" "$turned")
[ "$far" -ge 80 ] || fail "EXIF ignored: distance $far"
distance "$near" --orientation both "$photo" "$turned"
distance 0 --orientation ignore "$pictures/stored-1.jpg" "$turned"
distance 0 --orientation both "$pictures/stored-1.jpg" "$turned"

# What cannot be compared.
for bad in no-such-file "${zeros:1}" "${zeros}0" g"${zeros:1}" "$pictures/bomb.png" "$pictures/tiny.png" . ''; do
    expect 2 phash compare "$photo" "$bad"
    is_empty out
    has err '^phash compare: '
    expect 2 phash compare "$bad" "$zeros"
    is_empty out
done
# Base64 is a hash in lists, but here it would be mistaken for the name of a file.
expect 2 phash compare "$zeros" AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA

# A file whose name is 64 digits.
cp "$photo" "$zeros"
distance 0 "./$zeros" "$photo"
distance 0 "$zeros" "$zeros"

# A flat picture: a distance, and a warning that it means little.
expect 0 phash compare "$pictures/flat.png" "$zeros"
has out '^[0-9]+$'
has err 'quality 0 of 100'
expect 0 phash compare --quiet "$pictures/flat.png" "$zeros"
is_empty err

# Names in messages show no control characters.
expect 2 phash compare $'no\e[31m\nsuch' "$zeros"
lacks err $'\e'
is "$(wc -l <err)" 1 "lines of the message"

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

# Views: the nearest of one picture to the other as it is, whichever comes first.
for edit in trimmed framed mirrored; do
    edited=$pictures/$edit-2.jpg
    as_it_is=$(phash compare "$pictures/photo-2.jpg" "$edited")
    near=$(phash compare --views all "$pictures/photo-2.jpg" "$edited")
    if [ "$as_it_is" -le 31 ] || [ "$near" -gt 31 ]; then fail "$edit: distance $as_it_is, with views $near"; fi
    distance "$near" --views all "$edited" "$pictures/photo-2.jpg"
    of_hash=$(phash compare --views all "$edited" "$(phash hash "$pictures/photo-2.jpg" | cut -d , -f 1)")
    if [ "$of_hash" -gt 31 ] || [ "$of_hash" -lt "$near" ]; then fail "$edit: distance $of_hash from the hash"; fi
    distance "$as_it_is" --views none "$edited" "$pictures/photo-2.jpg"
done
distance "$near" --views flips "$pictures/mirrored-2.jpg" "$pictures/photo-2.jpg"
far=$(phash compare --views edits "$pictures/mirrored-2.jpg" "$pictures/photo-2.jpg")
[ "$far" -ge 70 ] || fail "mirrored, but not flipped: distance $far"
far=$(phash compare --views all "$pictures/photo-1.jpg" "$pictures/photo-2.jpg")
[ "$far" -ge 70 ] || fail "another picture, with views: distance $far"

# Pipelines: near each other, and not the same.
for pipeline in exact luma scaled; do
    hash=$(phash hash --pipeline $pipeline "$photo" | cut -d , -f 1)
    distance 0 --pipeline $pipeline "$photo" "$hash"
    near=$(phash compare "$photo" "$hash")
    [ "$near" -le 10 ] || fail "pipeline $pipeline is $near from the exact one"
done

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

expect 0 phash compare "$pictures/stripes.png" "$photo"
has err 'stripes.png: the hash is rounding noise'

# Names in messages show no control characters.
expect 2 phash compare $'no\e[31m\nsuch' "$zeros"
lacks err $'\e'
is "$(wc -l <err)" 1 "lines of the message"

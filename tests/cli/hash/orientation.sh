#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# EXIF: applied, ignored, both.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

hash_of() {
    phash hash "$@" | cut -d , -f 1
}

turned=$pictures/turned-1.jpg
stored=$(hash_of "$pictures/stored-1.jpg")
upright=$(hash_of "$turned")
is "$(hash_of --orientation apply "$turned")" "$upright" "default"
is "$(hash_of --orientation ignore "$turned")" "$stored" "ignored"
d=$(phash compare "$upright" "$(hash_of "$pictures/photo-1.jpg")")
[ "$d" -le 10 ] || fail "upright is $d from the photo"

expect 0 phash hash --format jsonl --orientation both "$turned" "$pictures/stored-1.jpg"
has out "\"path\":\"$turned\",\"hash\":\"$upright\",\"stored\":\"$stored\",.*\"orientation\":6"
has out "\"path\":\"$pictures/stored-1.jpg\",\"hash\":\"$stored\",\"quality\":[0-9]+,.*\"orientation\":1"

# Eight views across: the first is the upright one, and all differ.
expect 0 phash hash --dihedral "$turned"
is "$(tr , '\n' <out | head -n 1)" "$upright" "first of eight"
is "$(tr , '\n' <out | head -n 8 | sort -u | wc -l)" 8 "different views"
has out "^([0-9a-f]{64},){8}[0-9]+,[^,]*\$"
cp out across
expect 0 phash hash --dihedral --orientation ignore "$turned"
is "$(tr , '\n' <out | head -n 1)" "$stored" "first of eight, as stored"
# One of the eight is the picture as it is stored, but for rounding.
nearest=256
for view in $(tr , '\n' <across | head -n 8); do
    d=$(phash compare "$view" "$stored")
    [ "$d" -ge "$nearest" ] || nearest=$d
done
[ "$nearest" -le 18 ] || fail "the nearest of eight views is $nearest from the stored picture"

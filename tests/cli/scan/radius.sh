#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A radius for all lists, and one of its own for a list: scan, match, and the entries of a set.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

picture=$pictures/photo-1.jpg
hash=$(phash hash --pipeline luma "$picture" | cut -d , -f 1)
# near BITS: the hash with so many bits turned, four at a time
near() {
    local digits=$(($1 / 4))
    printf '%s%s' "$(printf %s "${hash:0:digits}" | tr 0123456789abcdef fedcba9876543210)" "${hash:digits}"
}
is "$(phash compare "$hash" "$(near 40)")" 40 "bits turned"
echo "$(near 24),100,24 off" >a
echo "$(near 40),100,40 off" >b=1
mkdir sub
echo "$(near 60),100,60 off" >sub/c
echo "$hash,100,q" >query

# entries OUT: the entries that matched, nearest first
entries() {
    grep -o '"entry":"[^"]*"' "$1" | cut -d '"' -f 4 | tr '\n' ';'
}
# finds WANT OPTION...: what scan and match find with these options.
finds() {
    local want=$1 status=1
    shift
    [ -n "$want" ] || status=0
    expect "$status" phash scan --views none --format jsonl --list a --list b=1 --list sub/c "$@" "$picture"
    is "$(entries out)" "$want" "scan $*"
    expect "$status" phash match --list a --list b=1 --list sub/c "$@" query
    is "$(entries out)" "$want" "match $*"
}
finds '24 off;'
finds '' --radius 23
finds '24 off;' --radius 24
finds '24 off;40 off;' --radius 40
finds '24 off;40 off;60 off;' --radius 63
finds '24 off;40 off;' --list-radius b=1=40
finds '40 off;' --radius 0 --list-radius b=1=40
finds '40 off;' --list-radius b=1=40 --radius 0
finds '24 off;60 off;' --list-radius sub/c=60 --list-radius b=1=39
finds '40 off;60 off;' --radius 60 --list-radius a=23
finds '24 off;40 off;60 off;' --list-radius sub/c=63 --list-radius b=1=63 --list-radius a=63

expect 1 phash scan --format jsonl --list a --list b=1 --radius 20 --list-radius b=1=48 "$picture"
has out '"radius":20,"lists":\[\{"name":"a",.*"radius":20\},\{"name":"b=1",.*"radius":48\}\]'
expect 1 phash match --list a --list b=1 --radius 20 --list-radius b=1=48 query
has out '"radius":20,"lists":\[\{"name":"a",.*"radius":20\},\{"name":"b=1",.*"radius":48\}\]'
expect 1 phash scan --list a --list b=1 --radius 20 --list-radius b=1=48 "$picture"
has out '^Pipeline pdq-512nn luma, views all(, sandbox [a-zA-Z ]+)?, radius 20 to 48; 2 lists, 2 hashes$'

# A set keeps the radius of each list. Here bits are turned in one run, so that most bands stay as they are.
expect 0 phash key new --quiet --out key
built() {
    local want=$1 status=1
    shift
    [ -n "$want" ] || status=0
    expect 0 phash set build --quiet --key key --bands 8 --budget 64 --out set.phb "$@" a b=1 sub/c
    expect "$status" phash scan --views none --format jsonl --set set.phb --key key "$picture"
    is "$(entries out)" "$want" "set build $*"
}
if ! phash set build --quiet --key key --bands 8 --budget 64 --radius 63 --out wide.phb a b=1 sub/c ||
    phash scan --quiet --views none --format jsonl --set wide.phb --key key "$picture" >wide; then
    fail "a set of radius 63 finds nothing"
fi
is "$(entries wide)" '24 off;40 off;60 off;' 'a set of radius 63'
built '24 off;'
built '' --radius 23
built '24 off;40 off;' --list-radius b=1=40
built '40 off;60 off;' --radius 63 --list-radius a=0
built '60 off;' --list-radius sub/c=63 --radius 1
# The scan's --radius is an upper bound on top of them.
expect 1 phash scan --views none --format jsonl --radius 24 --set wide.phb --key key "$picture"
is "$(entries out)" '24 off;' 'a set of radius 63, scanned with 24'

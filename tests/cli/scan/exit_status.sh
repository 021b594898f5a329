#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# 0 nothing matched, 1 matched, 2 trouble; 2 wins. The same for plain and private scans.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

make_list list photo-1.jpg photo-2.jpg
expect 0 phash key new --quiet --out key
expect 0 phash set build --quiet --key key --budget 64 --out set.phb list
hit=$pictures/quality30-1.jpg
miss=$pictures/other-1.jpg
: >empty.jpg
mkdir nothing

for mode in '--list list' '--set set.phb --key key'; do
    # scan STATUS ARGUMENT...: in every format, also without summary.
    scan() {
        local want=$1 format
        shift
        for format in human jsonl csv; do
            # shellcheck disable=SC2086 # several words
            expect "$want" phash scan $mode --format $format "$@"
            cp out "out.$format"
        done
        # shellcheck disable=SC2086
        expect "$want" phash scan $mode --quiet "$@"
        cp out out.quiet
    }
    scan 0 "$miss"
    is_empty err
    has out.human '^clean +'
    has out.human '^1 inputs: 0 match, 1 clean, 0 indeterminate$'
    is "$(wc -l <out.quiet)" 1 "lines of a quiet scan"
    has out.jsonl '"status":"clean"'
    is "$(wc -l <out.csv)" 2 "lines of csv"
    scan 1 "$hit"
    has out.human '^match +.*/quality30-1.jpg  distance [0-9]+ to photo-1.jpg in list$'
    scan 1 "$miss" "$hit"
    scan 2 empty.jpg
    has out.human '^indeterminate empty.jpg  \[empty: '
    has out.csv '^empty.jpg,indeterminate,.*,empty$'
    scan 2 "$hit" empty.jpg "$miss"
    has out.jsonl '"status":"match"'
    scan 2 no-such-file
    has out.jsonl '"path":"no-such-file","status":"indeterminate","reason":"unreadable"'
    scan 2 "$pictures/flat.png"
    has out.jsonl '"reason":"low_quality"'
    scan 2 "$pictures/tiny.png"
    has out.jsonl '"reason":"too_small"'
    scan 0 nothing
    scan 0 --files-from /dev/null
    has out.jsonl '"inputs":0'
    # shellcheck disable=SC2086
    expect 2 phash scan $mode --files-from no-such-list
    has err '--files-from no-such-list'
done

# Lists, sets and keys that are not there or hold nothing: no record at all.
: >empty
echo 'no hash' >bad
for list in no-such-list . empty bad; do
    expect 2 phash scan --list $list "$miss"
    is_empty out
    has err "^phash scan: $list"
    expect 2 phash scan --list list --list $list "$miss"
    is_empty out
    expect 2 phash scan --set $list --key key "$miss"
    is_empty out
    expect 2 phash scan --set set.phb --key $list "$miss"
    is_empty out
done
# A list is no set, a set no list, and neither is a key.
expect 2 phash scan --set list --key key "$miss"
is_empty out
expect 2 phash scan --list set.phb "$miss"
is_empty out
expect 2 phash scan --set set.phb --key list "$miss"
is_empty out
# A list with bad rows protects less than its maker meant.
cat list bad >some_bad
expect 2 phash scan --list some_bad "$miss"
has out '^clean'
has out '^1 rows of the lists could not be read'
has err 'some_bad, line 3: '
expect 2 phash scan --list some_bad "$hit"
has out '^match'

# Another key, and a set that is out of date.
expect 0 phash key new --quiet --out other-key
expect 2 phash scan --set set.phb --key other-key "$hit"
is_empty out
has err 'is not the key that'
expect 0 phash set build --quiet --key key --not-after 2020-01-01 --out old.phb list
expect 2 phash scan --set old.phb --key key "$hit"
is_empty out
has err 'out of date'
expect 0 phash set build --quiet --key key --not-after 2100-01-01T12:00:00Z --out young.phb list
expect 1 phash scan --set young.phb --key key "$hit"

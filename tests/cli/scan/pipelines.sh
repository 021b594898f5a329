#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every record names the pipeline that was asked for, whatever kind of file it was used on.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

make_list list photo-1.jpg photo-3.jpg
expect 0 phash key new --quiet --out key
expect 0 phash set build --quiet --key key --budget 64 --out set.phb list
pngs=("$pictures/rgb-3.png" "$pictures/grey-6.png")
jpegs=("$pictures/large-1.jpg" "$pictures"/quality30-?.jpg "$pictures"/half-?.jpg "$pictures"/other-?.jpg)
files=("$pictures/photo-1.jpg" "${pngs[@]}" "$pictures/bomb.png")
for mode in '--list list' '--set set.phb --key key'; do
    for pipeline in exact luma scaled; do
        # shellcheck disable=SC2086 # several words
        expect 2 phash scan $mode --pipeline $pipeline --format jsonl "${files[@]}" no-such-file
        is "$(grep -c "\"pipeline\":\"pdq-512nn $pipeline\"" out)" 6 "records that name $pipeline"
        # shellcheck disable=SC2086
        expect 2 phash scan $mode --pipeline $pipeline --format csv "${files[@]}"
        is "$(grep -c ",pdq-512nn $pipeline," out)" 4 "rows that name $pipeline"
        # shellcheck disable=SC2086
        expect 2 phash scan $mode --pipeline $pipeline "${files[@]}"
        has out "^Pipeline pdq-512nn $pipeline, "
    done
    # shellcheck disable=SC2086
    expect 1 phash scan $mode --format jsonl "${files[0]}"
    is "$(grep -c '"pipeline":"pdq-512nn luma"' out)" 2 "records of the default"
done
for pipeline in exact luma scaled; do
    expect 2 phash hash --pipeline $pipeline --format jsonl "${files[@]}"
    is "$(grep -c "\"pipeline\":\"pdq-512nn $pipeline\"" out)" 4 "hashes that name $pipeline"
    expect 0 phash hash --pipeline $pipeline "${pngs[@]}"
    mv out "png.$pipeline"
done
same png.exact png.luma
same png.exact png.scaled
expect 0 phash hash --format jsonl "${files[0]}"
has out '"pipeline":"pdq-512nn exact"'

# The pipeline is really used: the scan's hash is the one that phash hash gives, and a decoding of less gives another
# for some picture.
for pipeline in exact luma scaled; do
    phash hash --pipeline $pipeline "${jpegs[@]}" | cut -d , -f 1 >"hashes.$pipeline"
    phash scan --pipeline $pipeline --list list --format csv "${jpegs[@]}" |
        tail -n +2 | cut -d , -f 3 >"scan.$pipeline"
    same "hashes.$pipeline" "scan.$pipeline"
done
if cmp -s hashes.exact hashes.scaled; then fail "scaled decodes as exact does"; fi
if cmp -s hashes.exact hashes.luma; then fail "luma decodes as exact does"; fi
phash scan --list list --format csv "${jpegs[@]}" | tail -n +2 | cut -d , -f 3 >default
same default hashes.luma

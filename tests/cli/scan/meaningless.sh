#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Stripes have quality 100 and a hash of rounding noise: never clean, never a match, not even with themselves.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

stripes=$pictures/stripes.png
expect 0 phash hash --format jsonl "$stripes" "$pictures/photo-1.jpg"
has out '"path":".*stripes.png","hash":"[0-9a-f]{64}","quality":100,"meaningless":true,'
is "$(grep -c '"meaningless"' out)" 1 "meaningless pictures"
make_list list stripes.png photo-1.jpg
has list '^[0-9a-f]{64},100,stripes.png$'
expect 0 phash key new --quiet --out key
expect 0 phash set build --quiet --key key --budget 64 --out set.phb list
for mode in '--list list' '--list list --radius 63' '--set set.phb --key key'; do
    for views in none flips edits all; do
        # shellcheck disable=SC2086 # several words
        expect 2 phash scan $mode --views $views --format jsonl "$stripes"
        has out '"status":"indeterminate","reason":"meaningless","detail":"[^"]+","hash":"[0-9a-f]{64}","quality":100,'
        has out '"reasons":\{"meaningless":1\}'
    done
    # shellcheck disable=SC2086
    expect 2 phash scan $mode "$stripes" "$pictures/quality30-1.jpg"
    has out '^indeterminate .*/stripes.png  \[meaningless: .+\]$'
    has out '^match .*/quality30-1.jpg '
    # shellcheck disable=SC2086
    expect 2 phash scan $mode --format csv "$stripes"
    has out ',indeterminate,.*,meaningless$'
done
# Flat pictures are told by their quality, as ever.
expect 2 phash scan --list list --format jsonl "$pictures/flat.png"
has out '"reason":"low_quality"'

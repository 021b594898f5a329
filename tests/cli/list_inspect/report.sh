#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a list holds, what looks wrong in it, and by which method it is searched.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

make_list photos photo-1.jpg photo-2.jpg photo-1.jpg flat.png
{
    random_hashes 20 5
    printf '%064d,100,zeros\n' 0
    echo not-a-hash
} >other
expect 2 phash list inspect photos other
has out '^list +photos, 4 entries, 0 bad rows$'
has out '^list +other, 21 entries, 1 bad rows$'
has out '^entries +25$'
has out '^repeated +1 entries'
has out '^low quality +1 entries'
has out '^odd hashes +[12] with'
has out '^unlabelled +0 entries$'
has out '^search +scan, radius 31, kernels [a-z0-9]+$'
has err 'other, line 22:'
expect 0 phash list inspect --format jsonl --radius 48 photos
py <<'PYTHON'
import json
from records import check
r = json.loads(open("out").read())
check(r["type"] == "lists" and r["entries"] == 4 and r["repeated"] == 1 and r["low_quality"] == 1, r)
check(r["lists"] == [{"name": "photos", "rows": 4, "entries": 4, "bad_rows": 0}], r)
check(r["search"]["method"] == "scan" and r["search"]["radius"] == 48 and r["search"]["hash_bytes"] == 128, r)
PYTHON

# Large lists get tables, and are searched by them with the same answers.
random_hashes 60000 7 >large
expect 0 phash list inspect --format jsonl large
has out '"search":\{"method":"tables","plan":"[0-9]+ x [0-9]+ bits with [0-9] flip'
sed -n '100p;30000p;60000p' large >some
expect 1 phash match --list large --format csv some
is "$(grep -c ',match,.*,0,large,' out)" 3 'hashes found in a large list'

for bad in '' '--radius 64 photos' '--format csv photos'; do
    # shellcheck disable=SC2086
    expect 64 phash list inspect $bad
done
expect 2 phash list inspect no-such-list

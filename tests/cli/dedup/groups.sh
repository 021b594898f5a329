#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Near-duplicates are grouped, by the views that --views names; every input is in the records once.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

mkdir folder
cp "$pictures/photo-1.jpg" folder/a.jpg
cp "$pictures/photo-1.jpg" folder/copy.jpg
cp "$pictures/quality30-1.jpg" folder/b.jpg
cp "$pictures/photo-2.jpg" "$pictures/mirrored-2.jpg" "$pictures/framed-2.jpg" "$pictures/trimmed-2.jpg" folder
cp "$pictures"/other-?.jpg folder

# wants VIEWS RADIUS GROUP...: the groups, each a list of names joined by +, sorted.
wants() {
    local views=$1 radius=$2
    expect 1 phash dedup --format jsonl --views "$views" --radius "$radius" folder
    py_with "$@" <<'PYTHON'
import json, sys
from records import check
views, radius, *expected = sys.argv[1:]
header, *results, summary = [json.loads(line) for line in open("out")]
check(header["type"] == "header" and header["command"] == "dedup" and header["views"] == views, header)
check(header["radius"] == int(radius) and header["pipeline"] == "pdq-512nn luma", header)
groups = {}
for r in results:
    name = r["path"].removeprefix("folder/")
    check(len(r["hash"]) == 64 and r["quality"] == 100 and r["kind"] == "JPEG", r)
    check(("group" in r) == (r["status"] == "duplicate"), r)
    if r["status"] == "duplicate":
        check(r["distance"] <= int(radius), r)
        groups.setdefault(r["group"], []).append((not r["first"], name))
    else:
        check(r["status"] == "unique", r)
check([r["path"] for r in results] == sorted(r["path"] for r in results), results)
check(list(groups) == list(range(1, len(groups) + 1)), groups)
check(all([not follows for follows, _ in sorted(g)].count(True) == 1 for g in groups.values()), groups)
check(sorted("+".join(sorted(name for _, name in g)) for g in groups.values()) == sorted(expected), groups)
members = sum(len(g) for g in groups.values())
expected = {"type": "summary", "inputs": len(results), "groups": len(groups), "duplicate": members,
            "unique": len(results) - members, "indeterminate": 0, "skipped": summary["skipped"]}
check(summary == expected and not any(summary["skipped"].values()), summary)
PYTHON
}
ones=a.jpg+b.jpg+copy.jpg
wants none 31 $ones
wants none 0 a.jpg+copy.jpg
wants flips 31 $ones mirrored-2.jpg+photo-2.jpg
wants edits 31 $ones framed-2.jpg+photo-2.jpg+trimmed-2.jpg
wants all 31 $ones framed-2.jpg+mirrored-2.jpg+photo-2.jpg+trimmed-2.jpg

# The largest stands first, and all views are the default.
expect 1 phash dedup folder
has out '^Pipeline pdq-512nn luma, views all, radius 31$'
has out '^group 1: 3 pictures$'
has out '^group 2: 4 pictures$'
is "$(grep -A1 '^group 2' out | tail -n 1 | sed 's/  *\([^ ]*\) .*/\1/')" folder/framed-2.jpg 'first of group 2'
has out '^11 inputs: 7 near-duplicates in 2 groups, 4 unique, 0 indeterminate$'
cp out all
for jobs in 1 3; do
    expect 1 phash dedup --jobs $jobs folder
    same out all
done
expect 1 phash dedup --format csv folder
is "$(head -n 1 out)" path,status,group,distance,hash,quality,pipeline,reason 'CSV header'
has out '^folder/copy.jpg,duplicate,1,0,[0-9a-f]{64},100,pdq-512nn luma,$'
has out '^folder/other-1.jpg,unique,,,[0-9a-f]{64},100,pdq-512nn luma,$'

# Nothing alike; nothing at all.
expect 0 phash dedup --quiet "$pictures"/other-?.jpg
is_empty out
mkdir empty
expect 0 phash dedup empty
has out '^0 inputs: 0 near-duplicates in 0 groups, 0 unique, 0 indeterminate$'

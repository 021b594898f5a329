#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What cannot be compared is said and never grouped, not even with its own copy.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

mkdir folder
cp "$pictures/stripes.png" folder/stripes-1.png
cp "$pictures/stripes.png" folder/stripes-2.png
cp "$pictures/flat.png" folder/flat-1.png
cp "$pictures/flat.png" folder/flat-2.png
cp "$pictures/photo-1.jpg" folder
head -c 2000 "$pictures/photo-1.jpg" >folder/cut.jpg
: >folder/empty.jpg
ln -s photo-1.jpg folder/link.jpg

expect 2 phash dedup --format jsonl folder no-such-file
py <<'PYTHON'
import json
from records import check
_, *results, summary = [json.loads(line) for line in open("out")]
reasons = {r["path"].removeprefix("folder/"): r.get("reason") for r in results}
check(reasons == {"stripes-1.png": "meaningless", "stripes-2.png": "meaningless", "flat-1.png": "low_quality",
                  "flat-2.png": "low_quality", "photo-1.jpg": None, "cut.jpg": "truncated", "empty.jpg": "empty",
                  "no-such-file": "unreadable"}, reasons)
for r in results:
    check(r["status"] == ("indeterminate" if "reason" in r else "unique"), r)
check(summary["indeterminate"] == 7 and summary["unique"] == 1 and summary["skipped"]["symlink"] == 1, summary)
PYTHON
expect 2 phash dedup folder
has out '^indeterminate folder/cut.jpg  \[truncated: .+\]$'
has out '^indeterminate folder/stripes-1.png  \[meaningless\]$'
lacks out '^group'
expect 2 phash dedup --format csv folder
has out '^folder/flat-1.png,indeterminate,,,[0-9a-f]{64},[0-9]+,pdq-512nn luma,low_quality$'
has out '^folder/empty.jpg,indeterminate,,,,,pdq-512nn luma,empty$'

for bad in '' '--radius 64 x' '--views some x' '--format xml x' '--frob x'; do
    # shellcheck disable=SC2086
    expect 64 phash dedup $bad
done
# Names that are no text come through.
name=$(printf 'folder/new\nline\377.jpg')
cp "$pictures/photo-1.jpg" "$name"
expect 2 phash dedup --format jsonl folder
py <<'PYTHON'
import base64, json
from records import check
records = [json.loads(line) for line in open("out")]
names = [base64.b64decode(r["path_bytes"]) for r in records if "path_bytes" in r]
check(names == [b"folder/new\nline\xff.jpg"], records)
PYTHON

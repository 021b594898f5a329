#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Edited copies are found by the views that --views names, and the record says by which.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

make_list list photo-1.jpg photo-2.jpg photo-3.jpg
make_list stored stored-1.jpg
make_list dropped mirrored-2.jpg
mkdir folder
cp "$pictures/trimmed-2.jpg" "$pictures/framed-2.jpg" "$pictures/mirrored-2.jpg" folder
cp "$pictures"/other-?.jpg folder

# wants VIEWS TRIMMED FRAMED MIRRORED: matching entries' views, as patterns; - is clean.
wants() {
    local status=1
    [ "$2$3$4" != --- ] || status=0
    expect $status phash scan --format jsonl --list list --views "$1" folder
    cp out "out.$1"
    py_with "$@" <<'PYTHON'
import re, sys
from records import check, read_run
views, *patterns = sys.argv[1:]
header, results, _ = read_run("out." + views)
check(header["views"] == views, header)
by_name = {r["path"].removeprefix("folder/"): r for r in results}
for name, pattern in zip(("trimmed-2.jpg", "framed-2.jpg", "mirrored-2.jpg"), patterns):
    r = by_name[name]
    if pattern == "-":
        check(r["status"] == "clean", views, r)
    else:
        check(r["status"] == "match" and r["entry"] == "photo-2.jpg" and r["matches"] == [], views, r)
        check(re.fullmatch(pattern, r["view"]) and r["distance"] <= 31, views, r)
for n in range(1, 5):
    check(by_name["other-%d.jpg" % n]["status"] == "clean", views, by_name["other-%d.jpg" % n])
PYTHON
}
wants none - - -
wants flips - - flipy
wants edits 'extend-.*' border -
wants all 'extend-.*' border flipy

# All is the default, and every format tells the view.
expect 1 phash scan --list list --format jsonl folder
same out out.all
expect 1 phash scan --list list folder
has out '^Pipeline pdq-512nn luma, views all(, sandbox [a-zA-Z ]+)?, radius 31; 1 list, 3 hashes$'
has out '^match +folder/mirrored-2.jpg  distance [0-9]+ to photo-2.jpg in list \(flipy\)$'
expect 1 phash scan --list list --format csv folder
has out '^folder/framed-2.jpg,match,[0-9a-f]{64},[0-9]+,pdq-512nn luma,[0-9]+,list,photo-2.jpg,border,$'
expect 1 phash scan --list list --quiet folder
lacks out '^Pipeline'
expect 1 phash scan --list list --quiet folder/mirrored-2.jpg
is "$(wc -l <out)" 1 'lines of a quiet scan'

# What is looked up does not depend on the number of threads, nor on what was read before.
for jobs in 1 3; do
    expect 2 phash scan --list list --format jsonl --jobs $jobs "$pictures" folder no-such-file "$pictures"
    mv out "jobs.$jobs"
done
same jobs.1 jobs.3
py <<'PYTHON'
from records import check, read_run
# What follows a matching picture and cannot be read has none of its hits.
_, results, _ = read_run("jobs.1")
at = [r["path"] for r in results].index("no-such-file")
check(results[at - 1]["status"] == "match" and results[at]["reason"] == "unreadable", results[at - 1:at + 1])
PYTHON

# Each reading has its views: the reading stands before the view.
expect 1 phash scan --list stored --format jsonl "$pictures/turned-1.jpg"
has out '"distance":0,.*"view":"stored:original"'
expect 1 phash scan --list dropped --format csv "$pictures/alpha-2.png"
has out ',alpha-dropped:flipy,$'
expect 1 phash scan --list dropped "$pictures/alpha-2.png"
has out ' \(alpha-dropped:flipy\)$'
expect 0 phash scan --list dropped --views edits "$pictures/alpha-2.png"

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the records of a plain scan say, member by member.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

mkdir folder
for name in photo-1.jpg quality30-1.jpg half-2.jpg turned-1.jpg alpha-2.png deep-3.png cmyk-4.jpg progressive-5.jpg \
    grey-6.png other-1.jpg other-2.jpg flat.png; do
    cp "$pictures/$name" folder
done
echo 'no picture' >folder/text.jpg
make_list first photo-1.jpg photo-2.jpg photo-3.jpg
make_list second quality30-1.jpg photo-4.jpg photo-5.jpg photo-6.jpg
expect 2 phash scan --format jsonl --list first --list second folder
mv out jsonl
expect 2 phash scan --format csv --list first --list second folder
mv out csv
expect 2 phash scan --list first --list second folder
mv out human
expect 2 phash scan --format jsonl --list first --list second --orientation apply folder
mv out apply
expect 2 phash scan --format jsonl --pipeline exact --list first --list second --radius 0 folder
mv out radius0
make_list stored stored-1.jpg
expect 1 phash scan --format jsonl --list stored folder/turned-1.jpg
mv out both
expect 0 phash scan --format jsonl --list stored --orientation apply --views none folder/turned-1.jpg
expect 1 phash scan --format jsonl --list stored --orientation apply folder/turned-1.jpg
has out '"view":"rotate90"'
expect 1 phash scan --format jsonl --list stored --orientation ignore folder/turned-1.jpg
mv out ignore
py <<'PYTHON'
import re
from records import check, check_shown, csv_rows, read_run

header, results, summary = read_run("jsonl")
check(header["radius"] == 31 and header["orientation"] == "both" and header["views"] == "all", header)
check(header["lists"] == [{"name": n, "entries": e, "bad_rows": 0, "radius": 31}
                          for n, e in (("first", 3), ("second", 4))], header)
by_name = {r["path"].removeprefix("folder/"): r for r in results}
check(len(by_name) == len(results) == 13, "inputs", len(results))
check([r["path"] for r in results] == sorted(r["path"] for r in results), "order")
nearest = {
    "photo-1.jpg": ("first", "photo-1.jpg", "original", 0),
    "quality30-1.jpg": ("second", "quality30-1.jpg", "original", 0),
    "half-2.jpg": ("first", "photo-2.jpg", None, 16), # a view can be nearer by chance
    "turned-1.jpg": ("first", "photo-1.jpg", "original", 8),
    "alpha-2.png": ("first", "photo-2.jpg", "alpha-dropped:original", 8),
    "deep-3.png": ("first", "photo-3.jpg", "original", 8),
    "cmyk-4.jpg": ("second", "photo-4.jpg", "original", 8),
    "progressive-5.jpg": ("second", "photo-5.jpg", "original", 0),
    "grey-6.png": ("second", "photo-6.jpg", "original", 8),
}
for name, (source, entry, view, most) in nearest.items():
    r = by_name[name]
    check((r["status"], r["list"], r["entry"]) == ("match", source, entry) and view in (None, r["view"]), r)
    check(r["distance"] <= most and r["hash"] and r["quality"] >= 50, r)
    check(r["kind"] == ("PNG" if name.endswith("png") else "JPEG"), r)
    check(sorted((r["width"], r["height"])) == ([240, 320] if name == "half-2.jpg" else [480, 640]), r)
r = by_name["photo-1.jpg"]
check([(h["list"], h["entry"]) for h in r["matches"]] == [("second", "quality30-1.jpg")], "matches of", r)
for name in ("other-1.jpg", "other-2.jpg"):
    check(by_name[name]["status"] == "clean" and by_name[name]["hash"], by_name[name])
check(by_name["flat.png"]["reason"] == "low_quality" and by_name["flat.png"]["quality"] == 0, by_name["flat.png"])
check(by_name["text.jpg"]["reason"] == "not_an_image" and by_name["text.jpg"]["hash"] is None, by_name["text.jpg"])
check(summary["reasons"] == {"low_quality": 1, "not_an_image": 1}, summary)

# The other formats say the same.
rows = csv_rows("csv")
check(rows[0] == b"path,status,hash,quality,pipeline,distance,list,entry,view,reason".split(b","), rows[0])
check(len(rows) == len(results) + 1, "rows")
for row, r in zip(rows[1:], results):
    want = [r["path"], r["status"], r["hash"], r["quality"], r["pipeline"]]
    want += [r.get(m) for m in ("distance", "list", "entry", "view", "reason")]
    check(row == [b"" if w is None else str(w).encode() for w in want], row, want)
headline, empty, *shown = check_shown("human").split("\n")
headline = re.sub(", sandbox [a-zA-Z ]+", "", headline)  # where the build or the kernel has none
check(headline == "Pipeline pdq-512nn luma, views all, radius 31; 2 lists, 7 hashes" and empty == "", headline)
for line, r in zip(shown, results):
    check(line.startswith("%-13s %s" % (r["status"], r["path"])), line)
    told = "distance %s to %s in %s" % (r.get("distance"), r.get("entry"), r.get("list"))
    check((told in line) == ("entry" in r), line)
closing = ["", "13 inputs: 9 match, 2 clean, 2 indeterminate", "indeterminate: 1 not_an_image, 1 low_quality", ""]
check(shown[len(results):] == closing, shown[len(results):])

# Options.
header, results, _ = read_run("apply")
check(header["orientation"] == "apply" and results[-1]["path"] == "folder/turned-1.jpg", header, results[-1])
check(results[-1]["status"] == "match", results[-1])
header, results, _ = read_run("radius0")
check(header["radius"] == 0 and all(r.get("distance", 0) == 0 for r in results), header)
check([r["status"] for r in results if r["path"] == "folder/half-2.jpg"] == ["clean"], "radius 0")
check(read_run("both")[1][0]["view"] == "stored:original", "view of the stored picture")
check(read_run("both")[1][0]["distance"] == 0, "distance of the stored picture")
check(read_run("ignore")[1][0]["distance"] == 0, "distance, EXIF ignored")
PYTHON

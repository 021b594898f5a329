#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A private scan finds what a plain one finds, and its traffic tells nothing.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

make_list one.csv photo-1.jpg photo-2.jpg photo-3.jpg
make_list two.csv photo-4.jpg photo-5.jpg
expect 0 phash key new --quiet --out key
expect 0 phash set build --quiet --key key --name tests --out set.phb one.csv two.csv
mkdir -p folder/below
for i in 1 2 3 4 5; do
    cp "$pictures/quality30-$i.jpg" "$pictures/half-$i.jpg" "$pictures/photo-$i.jpg" folder
done
cp "$pictures/turned-1.jpg" "$pictures/alpha-2.png" "$pictures/flat.png" "$pictures/tiny.png" "$pictures"/other-*.jpg \
    "$pictures/bomb.png" folder/below
: >folder/empty
# Of many views a query carries the likeliest only; without them both look at the same.
expect 2 phash scan --format jsonl --views none --list one.csv --list two.csv folder no-such-file
mv out plain
for jobs in 1 4; do
    expect 2 phash scan --format jsonl --views none --set set.phb --key key --jobs $jobs folder no-such-file
    mv out private.$jobs
done
expect 1 phash scan --format jsonl --set set.phb --key key folder/half-1.jpg
mv out one.match
# Edited copies: by the views they are found, and the request does not grow.
mkdir edited
cp "$pictures/framed-2.jpg" "$pictures/mirrored-2.jpg" edited
expect 0 phash scan --format jsonl --views none --set set.phb --key key edited
expect 1 phash scan --format jsonl --set set.phb --key key edited
mv out edits
expect 2 phash scan --format jsonl --set set.phb --key key "$pictures/stripes.png"
mv out one.stripes
expect 0 phash scan --format jsonl --set set.phb --key key folder/below/other-1.jpg
mv out one.clean
expect 2 phash scan --format jsonl --set set.phb --key key folder/empty
mv out one.empty
expect 0 phash scan --format jsonl --set set.phb --key key --radius 0 folder/half-1.jpg
mv out one.radius0
expect 0 phash set build --quiet --key key --budget 64 --bands 8 --out small.phb one.csv two.csv
expect 1 phash scan --format jsonl --set small.phb --key key folder/quality30-1.jpg
mv out small
expect 1 phash scan --set small.phb --key key folder/quality30-1.jpg folder/below/other-1.jpg
mv out human
py <<'PYTHON'
import re
from records import check, check_shown, read_run

_, plain, _ = read_run("plain")
header, private, summary = read_run("private.1")
again = read_run("private.4")
check((header, private, summary) == again, "--jobs changes the output")
check(header["set"]["name"] == "tests" and header["set"]["entries"] == 5, header)
check(header["set"]["budget"] == 256 and header["set"]["digest"].startswith("sha256:"), header)
check(header["evaluator"] == "in-process" and "lists" not in header, header)

def key(r):
    return [(h["distance"], h["list"], h["entry"], h["view"]) for h in [r] + r["matches"]] if "entry" in r else None

check(len(plain) == len(private) == 26, len(plain), len(private))
for p, q in zip(plain, private):
    for member in ("path", "status", "hash", "quality", "pipeline", "reason", "detail", "kind", "width", "height"):
        check(p.get(member) == q.get(member), member, "of", p, q)
    check(key(p) == key(q), p, q)
    check(q.get("set", "tests") == "tests", q)
matched = sum(r["status"] == "match" for r in private)
check(matched == 17, "matches", matched)
check(sum(r["status"] == "clean" for r in private) == 4, "clean")
check({r["reason"] for r in private if "reason" in r} ==
      {"empty", "low_quality", "too_small", "too_large", "unreadable"}, "reasons")

# One request of one size for every input, whatever became of it.
up, down = 8484, 8532
check((summary["requests"], summary["bytes_up"], summary["bytes_down"]) == (26, 26 * up, 26 * down), summary)
for run in ("one.match", "one.clean", "one.empty", "one.radius0", "one.stripes"):
    _, results, s = read_run(run)
    check((s["requests"], s["bytes_up"], s["bytes_down"]) == (1, up, down), run, s)
check(read_run("one.stripes")[1][0]["reason"] == "meaningless", "stripes")
header, results, s = read_run("edits")
check((header["views"], s["bytes_up"], s["bytes_down"]) == ("all", 2 * up, 2 * down), header, s)
check({r["path"]: (r["status"], r.get("entry")) for r in results} ==
      {"edited/%s-2.jpg" % n: ("match", "photo-2.jpg") for n in ("framed", "mirrored")}, results)
check({r["path"]: r["view"] for r in results}["edited/mirrored-2.jpg"] == "flipy", results)
header, results, s = read_run("small")
check(s["bytes_up"] == 36 + 33 * 64 and s["bytes_down"] == 20 + 33 * 64 + 64, s)
check(results[0]["distance"] <= 8 and header["set"]["bands"] == 8, results)
shown = check_shown("human")
check(re.match("Pipeline pdq-512nn luma, views all(, sandbox [a-zA-Z ]+)?; set ", shown), shown)
check("2 requests, 4296 bytes up and 4392 bytes down" in shown, shown)
PYTHON

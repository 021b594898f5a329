#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# phash bench: what it writes, never how fast it was.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

# CHECK FILE PICTURES GENERATED VIEWS FAILED PIPELINE/THREADS...
check() {
    py_with "$@" <<'END'
import sys
import records

path, pictures, generated, views, failed, *lines = sys.argv[1:]
check = records.check
header, *results, summary = records.json_lines(path)
check(set(header) == {"type", "tool", "version", "command", "kernels", "decoders", "pictures", "generated", "views",
                      "processors"}, "header:", header)
check((header["type"], header["tool"], header["command"]) == ("header", "phash", "bench"), "header:", header)
check("JPEG" in header["decoders"] and header["kernels"] and header["processors"] >= 1, "header:", header)
check(header["pictures"] == int(pictures) and header["views"] == views, "header:", header)
check(header["generated"] is (generated == "yes"), "header:", header)
check(summary == {"type": "summary", "pictures": int(pictures), "failed": int(failed)}, "summary:", summary)
check(["%s/%d" % (r["pipeline"].replace("pdq-512nn ", ""), r["threads"]) for r in results] == lines, "order:", results)
for r in results:
    check(set(r) == {"type", "pipeline", "threads", "pictures", "bytes", "seconds", "pictures_per_second",
                     "megapixels_per_second", "milliseconds"}, "members of", r)
    check(r["type"] == "result" and r["pipeline"].startswith("pdq-512nn "), "result:", r)
    check(r["pictures"] > 0 and r["pictures"] % int(pictures) == 0, "whole passes:", r)
    check(r["seconds"] > 0 and r["pictures_per_second"] > 0 and r["megapixels_per_second"] > 0, "rates:", r)
    rate = r["pictures"] / r["seconds"]
    check(abs(rate - r["pictures_per_second"]) <= 0.01 * rate, "pictures_per_second:", r)
    stages = r["milliseconds"]
    check(list(stages) == ["read", "decode", "hash", "views"], "stages:", r)
    missing = {name for name, value in stages.items() if value is None}
    wanted = ({"read", "decode"} if generated == "yes" else set()) | ({"views"} if views == "none" else set())
    check(missing == wanted, "stages:", r)
    check(all(value >= 0 for value in stages.values() if value is not None) and stages["hash"] > 0, "stages:", r)
    check((r["bytes"] > 0) == (generated == "no"), "bytes:", r)
    spent = sum(value for value in stages.values() if value is not None) * r["pictures"] / 1e3
    check(spent <= r["seconds"] * r["threads"] * 1.01 + 0.01, "the stages take longer than the whole:", r)
END
}

cd "$pictures"
scratch=$OLDPWD
run() { # STATUS ARGUMENT...
    local want=$1
    shift
    (cd "$scratch" && expect "$want" phash bench --format jsonl "$@")
}

run 0 --seconds 0 --jobs 1
is_empty "$scratch/err"
check "$scratch/out" 8 yes none 0 exact/1 luma/1
run 0 --seconds 0 --jobs 3 --pipeline scaled
check "$scratch/out" 8 yes none 0 scaled/1 scaled/3
run 0 --seconds 0 --jobs 2 --views all "$pictures/rgb-3.png" "$pictures/photo-1.jpg"
check "$scratch/out" 2 no all 0 exact/1 exact/2 luma/1 luma/2 scaled/1 scaled/2
run 0 --seconds 1 --jobs 2 --pipeline luma "$pictures/photo-1.jpg"
check "$scratch/out" 1 no none 0 luma/1 luma/2

# Directories to their end; what cannot be hashed is told and left out.
cd "$scratch"
mkdir -p folder/below
cp "$pictures/rgb-3.png" folder/below/
cp "$pictures/photo-1.jpg" folder/
echo no picture >folder/words
run 2 --seconds 0 --jobs 1 --pipeline exact folder no-such-file
has err '^phash bench: folder/words: '
has err '^phash bench: no-such-file: '
check out 2 no none 2 exact/1
run 2 --seconds 0 --jobs 1 --pipeline exact --quiet folder
is_empty err
check out 2 no none 1 exact/1
run 2 --seconds 0 folder/words
is_empty out
has err 'no picture'

# For people.
expect 2 phash bench --seconds 0 --jobs 2 --quiet folder
has out '^pipeline +threads +pictures/s +MP/s +read +decode +hash +views$'
has out '^exact +1 +[0-9.]+ +[0-9.]+ +[0-9.]+ +[0-9.]+ +[0-9.]+ +-$'
has out '^scaled +2 +[0-9.]+ '
has out 'cannot be hashed: 1$'
expect 0 phash bench --seconds 0 --jobs 1
has out '^luma +1 +[0-9.]+ +[0-9.]+ +- +- +[0-9.]+ +-$'
has out 'generated'

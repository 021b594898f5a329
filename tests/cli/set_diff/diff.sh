#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What set diff says of two editions.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

make_signers
random_hashes 20 25 >kept.csv
random_hashes 30 26 >grown.csv
random_hashes 10 27 >gone.csv
expect 0 phash key new --quiet --out key
build() {
    expect 0 phash set build --quiet --key key --created 2026-01-01 "$@"
}
build --out 1.phb --name known --budget 64 kept.csv grown.csv gone.csv
random_hashes 35 26 >grown.csv
random_hashes 5 28 >$'n\xffew.csv'
build --out 2.phb --previous 1.phb --bands 7 --radius 20 --not-after 2030-01-01 kept.csv grown.csv $'n\xffew.csv'
build --out 3.phb --previous 2.phb --bands 7 --not-after 2030-01-01 kept.csv grown.csv $'n\xffew.csv'
expect 0 phash set sign --quiet --signing-key secret-1.pem 1.phb
expect 0 phash set sign --quiet --signing-key secret-2.pem 1.phb
expect 0 phash set sign --quiet --signing-key secret-2.pem 2.phb
expect 0 phash set sign --quiet --signing-key secret-3.pem 2.phb

expect 0 phash set diff 1.phb 2.phb
is_empty err
for line in '^a             1\.phb: known, edition 1, sha256:[0-9a-f]{64}$' '^relation      B follows A$' \
    '^sequence      1 -> 2$' '^not_after     never -> 2030-01-01T00:00:00Z$' '^bands         6 -> 7$' \
    '^budget        64 -> 256$' '^list          grown\.csv: 30 -> 35 entries$' \
    '^list          gone\.csv: removed, 10 entries, radius 31$' \
    '^list          n\\xffew\.csv: added, 5 entries, radius 20$' \
    '^list_radius   grown\.csv: 31 -> 20$' '^list_radius   kept\.csv: 31 -> 20$' \
    "^signer        ed25519:${signer_key[1]} removed\$" "^signer        ed25519:${signer_key[3]} added\$"; do
    has out "$line"
done
lacks out '^list +kept|created|key_id|^name|^entries' # they did not change
lacks out "${signer_key[2]}"

expect 0 phash set diff --format jsonl 1.phb 2.phb
py <<'PYTHON'
from records import check, json_lines
records = json_lines("out")
check(len(records) == 1, records)
d = records[0]
check(d["type"] == "diff" and d["relation"] == "next", d)
check(d["a"]["path"] == "1.phb" and d["a"]["sequence"] == 1 and d["b"]["sequence"] == 2, d)
check(d["a"]["name"] == "known" and d["a"]["digest"].startswith("sha256:"), d)
changes = {(c["what"], c.get("name", c.get("key"))): c for c in d["changes"]}
check(len(changes) == len(d["changes"]), d)
check(changes["bands", None] == {"what": "bands", "from": 6, "to": 7}, d)
check(changes["not_after", None]["from"] == 0 and changes["not_after", None]["to"] == 1893456000, d)
check(changes["list", "gone.csv"]["from"] == 10 and changes["list", "gone.csv"]["to"] is None, d)
check(changes["list", "n\ufffdew.csv"]["from"] is None and changes["list", "n\ufffdew.csv"]["to"] == 5, d)
check(changes["list", "grown.csv"]["to"] == 35 and ("list", "kept.csv") not in changes, d)
check(changes["list_radius", "kept.csv"]["from"] == 31 and changes["list_radius", "kept.csv"]["to"] == 20, d)
check(changes["list", "gone.csv"]["radius"] == 31, d)
check(sorted(c["change"] for c in d["changes"] if c["what"] == "signer") == ["added", "removed"], d)
PYTHON

# How they stand to each other.
relation() { # STATUS WORD A B WORDS
    expect "$1" phash set diff --format jsonl "$3" "$4"
    has out "\"relation\":\"$2\""
    expect "$1" phash set diff "$3" "$4"
    has out "^relation      $5"
}
build --out other3.phb --previous 2.phb kept.csv
build --out orphan2.phb --name known --sequence 2 kept.csv
build --out foreign.phb --name foreign kept.csv
relation 0 same 2.phb 2.phb 'the same edition$'
has out '^no changes$'
relation 0 previous 2.phb 1.phb 'B is the edition before A$'
relation 0 later 1.phb 3.phb 'B is a later edition; those between are needed'
relation 0 earlier 3.phb 1.phb 'B is an earlier edition; those between are needed'
relation 2 fork 3.phb other3.phb 'FORK: two editions with one number$'
relation 2 fork 1.phb orphan2.phb 'FORK: B has the next number and does not follow A$'
relation 2 fork orphan2.phb 1.phb 'FORK: A has the next number and does not follow B$'
relation 0 other 1.phb foreign.phb 'different sets'
has out '^name          known -> foreign$'
expect 0 phash key new --quiet --out key2
expect 0 phash set build --quiet --key key2 --budget 64 --name known --out otherkey.phb kept.csv
relation 0 other 1.phb otherkey.phb 'different sets'
has out '^key_id        [0-9a-f]{32} -> [0-9a-f]{32}$'

expect 2 phash set diff 1.phb no-such
is_empty out
has err 'no-such: cannot open'
for args in "1.phb" "1.phb 2.phb 3.phb" "--format csv 1.phb 2.phb" "--no-such 1.phb 2.phb"; do
    # shellcheck disable=SC2086 # several words
    expect 64 phash set diff $args
done

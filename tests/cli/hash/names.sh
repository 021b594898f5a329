#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every file name comes back from the lines as the same bytes; the lines are a list that reads back the same.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

command -v python3 >/dev/null || skip "no python3"
mkdir folder
PYTHONDONTWRITEBYTECODE=1 python3 "$here/names.py" "$pictures/half-1.jpg" folder
cd folder
find . -mindepth 1 -printf '%f\0' | sort -z >../names
phash hash --format csv -0 --files-from ../names >../csv 2>../csv.err
phash hash --format jsonl -0 --files-from ../names >../jsonl
phash hash --dihedral -0 --files-from ../names >../across
phash hash . >../below
cd ..
is_empty csv.err
# The list as queries against itself: labels and entries are the names.
expect 1 phash match --list csv csv
mv out match.jsonl
expect 1 phash match --list across csv
mv out across.jsonl
expect 1 phash match --list csv --format csv csv
mv out match.csv
expect 1 phash match --list csv --format human csv
mv out match.txt
py <<'PYTHON'
from names import NAMES
from records import check, check_shown, csv_rows, json_lines, name_of, read_run

names = open("names", "rb").read().split(b"\0")[:-1]
check(sorted(names) == sorted(NAMES), "names on disk")
check([row[2] for row in csv_rows("csv")] == names, "names in csv")
check([len(row) for row in csv_rows("csv")] == [3] * len(names), "fields in csv")
check([row[9] for row in csv_rows("across")] == names, "names in dihedral csv")
check([name_of(r) for r in json_lines("jsonl")] == names, "names in jsonl")
check(sorted(row[2] for row in csv_rows("below")) == sorted(b"./" + n for n in names), "names below a folder")
for r in json_lines("jsonl"):
    try:
        name_of(r).decode("utf-8")
        check("path_bytes" not in r, "path_bytes though UTF-8:", r)
    except UnicodeDecodeError:
        check("path_bytes" in r, "no path_bytes:", r)
for run in ("match.jsonl", "across.jsonl"):
    _, results, _ = read_run(run, "hash")
    check([name_of(r, "label") for r in results] == names, "labels in", run)
    for r in results:
        check(r["distance"] == 0, "distance in", run)
        entries = {name_of(h, "entry") for h in [r] + r["matches"]}
        check(entries == set(names), "entries in", run)
rows = csv_rows("match.csv")
check(len(rows) == len(names) + 1 and {len(row) for row in rows} == {8}, "rows of match.csv")
check({row[5] for row in rows[1:]} <= set(names), "entries in match.csv")
shown = check_shown("match.txt")
check(shown.count("\n") == len(names) + 2, "lines for people:", shown.count("\n"))
PYTHON

# Messages about such names show no control characters, one line each.
# shellcheck disable=SC2016 # no expansion wanted
printf 'no\33[31m such\0no \377 such\0no\nsuch\0' >missing
expect 2 phash hash -0 --files-from missing
py <<'PYTHON'
from records import check, check_shown, csv_rows
check([r[2] for r in csv_rows("out")] == [b"no\x1b[31m such", b"no \xff such", b"no\nsuch"], "names of missing files")
check(check_shown("err").count("\n") == 3, "messages")
PYTHON

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every file name comes back from the records as the same bytes, and none reaches the terminal as it is.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

command -v python3 >/dev/null || skip "no python3"
mkdir folder
PYTHONDONTWRITEBYTECODE=1 python3 "$here/names.py" "$pictures/half-1.jpg" folder
echo 'no picture' >folder/$'text\e[1m\n.jpg'
phash hash folder >list 2>err || is $? 2 "exit status of hash"
grep -a '^[0-9a-f]' list >/dev/null
phash hash "$pictures/half-1.jpg" >$'list\e[31m,"\n.csv'
cd folder
find . -mindepth 1 -printf '%f\0' | sort -z >../names
for format in human jsonl csv; do
    status=0
    phash scan --list $'../list\e[31m,"\n.csv' --format $format -0 --files-from ../names \
        >../$format 2>../$format.err || status=$?
    is $status 2 "exit status"
done
cd ..
py <<'PYTHON'
from names import NAMES
from records import check, check_shown, csv_rows, name_of, read_run

names = open("names", "rb").read().split(b"\0")[:-1]
text = b"text\x1b[1m\n.jpg"
check(sorted(names) == sorted(NAMES + [text]), "names on disk")
header, results, _ = read_run("jsonl")
source = b'../list\x1b[31m,"\n.csv'
check(name_of(header["lists"][0], "name") == source, header)
check([name_of(r) for r in results] == names, "names in jsonl")
for r in results:
    check(r["status"] == ("indeterminate" if name_of(r) == text else "match"), r)
    check(r["status"] != "match" or name_of(r, "list") == source, r)
rows = csv_rows("csv")
check([row[0] for row in rows[1:]] == names and {len(row) for row in rows} == {10}, "names in csv")
check({row[6] for row in rows[1:]} == {b"", source}, "lists in csv")
shown = check_shown("human")
check(shown.count("\n") == len(names) + 5, "lines for people:", shown.count("\n"))
for err in ("human.err", "jsonl.err", "csv.err"):
    check_shown(err)
PYTHON

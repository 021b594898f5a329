#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Each line that is no hash gives one line, indeterminate and malformed, in its place.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

random_hashes 20 3 >list
h=$(head -c 64 list)
{
    echo "$h,first"
    echo 'no hash at all'
    echo "${h:1}"
    echo "${h}0"
    echo
    echo '# a comment'
    echo "$h,second"
    echo "$h  name.jpg"
    echo "\"$h"
    head -c 70000 /dev/zero | tr '\0' a
    echo
    printf 'bytes \xff\x00 here\n'
    echo "pdq,$h,third"
    printf 'end without a line end'
} >queries
expect 2 phash match --list list queries
py <<'PYTHON'
from records import check, read_run
header, results, summary = read_run("out", "hash")
lines = [r["line"] for r in results]
check(lines == [1, 2, 3, 4, 7, 8, 9, 10, 11, 12, 13], "lines", lines)
good = [r["line"] for r in results if r["status"] == "match"]
check(good == [1, 7, 12], "matching lines", good)
for r in results:
    if r["line"] in good:
        check(len(r["hash"]) == 64, r)
    else:
        check(r["reason"] == "malformed" and r["hash"] == "" and r["quality"] is None and r["detail"], r)
check(summary["reasons"] == {"malformed": 8}, summary)
PYTHON
expect 2 phash match --list list --format human queries
has out '^indeterminate line 2  \[malformed: '
expect 2 phash match --list list --format csv queries
is "$(grep -c '^,indeterminate,,,,,,malformed$' out)" 8 "malformed rows in csv"

# Low quality is not judged, whatever it is near to; from 50 on it is.
printf '%s,49,a\n%s,50,b\n%s,0,c\n%s,b,no quality\n' "$h" "$h" "$h" "$h" >queries
expect 2 phash match --list list queries
py <<'PYTHON'
from records import check, read_run
_, results, _ = read_run("out", "hash")
check([r["status"] for r in results] == ["indeterminate", "match", "indeterminate", "match"], results)
check([r.get("reason") for r in results] == ["low_quality", None, "low_quality", None], results)
check([r["quality"] for r in results] == [49, 50, 0, None], results)
PYTHON

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Thousands of files and a large one take no more memory than hundreds of small ones.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

make_list list photo-1.jpg
[ "$(sandbox_state)" = enforced ] || skip "memory of a build with a sanitizer, or without a sandbox"
mkdir few many
for i in $(seq 1 300); do ln "$pictures/half-$((i % 6 + 1)).jpg" "few/$i.jpg" 2>/dev/null ||
    cp "$pictures/half-$((i % 6 + 1)).jpg" "few/$i.jpg"; done
for i in $(seq 1 10); do
    mkdir "many/$i"
    ln few/*.jpg "many/$i"
done
py_with "$program" <<'PYTHON'
import os, subprocess, sys
from records import check

def peak(folder):
    """The largest resident size, in kB, of the program or of any process it waited for."""
    pid = os.spawnvp(os.P_NOWAIT, "sh", ["sh", "-c", 'exec "$0" "$@" >out 2>err', sys.argv[1], "scan", "--list", "list",
                                         "--jobs", "2", "--all-links", "--views", "none", "--format", "jsonl", folder])
    _, status, usage = os.wait4(pid, 0)
    check(os.waitstatus_to_exitcode(status) in (0, 1), open("err").read())
    return usage.ru_maxrss

few, many = peak("few"), peak("many")
print("peak", few, "kB with 300 files,", many, "kB with 3000")
check(many <= 1.1 * few, "the peak grew from", few, "to", many, "kB")
PYTHON
grep -q '"inputs":3000' out || fail "not all files were scanned"

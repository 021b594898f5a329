#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# docs/examples: parts as tasks of Dask, on a cluster within this machine.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=examples.sh
. "$(dirname "$0")/examples.sh"

python=
for candidate in python3 /usr/bin/python3; do # Debian's module belongs to Debian's Python
    if "$candidate" -c 'import distributed' 2>/dev/null; then python=$candidate; fi
done
[ -n "$python" ] || skip "Dask (python3-distributed) is not installed"
export HOME=$PWD PYTHONDONTWRITEBYTECODE=1

make_folder
expect 0 timeout 100 "$python" "$examples/dask_scan.py" list folder result 6
same result whole
# Again: nothing is left of the parts, and the result is the same.
is "$(echo result*)" result "files left"
expect 0 timeout 100 "$python" "$examples/dask_scan.py" list folder result 3
same result whole
if timeout 100 "$python" "$examples/dask_scan.py" no-such-list folder none 2 >out 2>err; then
    fail "no list, and yet success"
fi
[ ! -e none ] || fail "a result without a list"

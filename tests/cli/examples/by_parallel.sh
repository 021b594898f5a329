#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# docs/examples: parts run by GNU parallel, and names piped through it.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=examples.sh
. "$(dirname "$0")/examples.sh"

parallel --version 2>/dev/null | grep -q '^GNU parallel' || skip "GNU parallel is not installed"
export HOME=$PWD # it keeps files there
export PARALLEL_HOME=$PWD/.parallel
mkdir -p .parallel
touch .parallel/will-cite

make_folder
expect 0 sh "$examples/parallel.sh" list folder result 5
same result whole

"$program" hash --quiet folder >whole.csv 2>err || true
i=0
while [ $i -lt 250 ]; do # more than two processes' worth
    ln folder/half-1-0.jpg "folder/sub/link-$i"
    i=$((i + 1))
done
find folder -type f -print0 | LC_ALL=C sort -z >names
"$program" hash --quiet -0 --files-from names >whole.csv 2>err || true
sh "$examples/parallel-pipe.sh" folder result.csv >out 2>err || true # there are files that are no pictures
same result.csv whole.csv
[ "$(grep -c half-1 result.csv)" -ge 3 ] || fail "few lines"
is "$(grep -c link- result.csv)" 250 "lines of links"

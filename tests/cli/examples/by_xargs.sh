#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# docs/examples: parts run by xargs, merged, are the run in one piece; what is done is not done again.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=examples.sh
. "$(dirname "$0")/examples.sh"

make_folder
expect 0 sh "$examples/xargs.sh" list folder result 12
same result whole
is "$(echo result*)" result "files left"

# Again after a part has failed: the others are taken as they are.
mkdir result.parts
for part in 1 3; do
    expect 0 sh "$examples/scan-part.sh" list folder $part 4 result.parts
    touch -d '2001-01-01' result.parts/part-$part
done
expect 1 sh "$examples/scan-part.sh" no-such-list folder 2 4 result.parts
is "$(echo result.parts/part-?)" 'result.parts/part-1 result.parts/part-3' "parts that are done"
touch -d '2001-01-02' stamp
find result.parts -name 'part-[0-9]' -newer stamp >newer
is_empty newer
expect 0 sh "$examples/scan-part.sh" list folder 3 4 result.parts
find result.parts -name 'part-[0-9]' -newer stamp >newer
is_empty newer
rm result
expect 0 sh "$examples/xargs.sh" list folder result 4
same result whole

# A part that fails fails the run, and nothing shows under the name of the result.
rm result
if sh "$examples/xargs.sh" no-such-list folder result 3 >out 2>err; then fail "no list, and yet success"; fi
[ ! -e result ] || fail "a result without a list"

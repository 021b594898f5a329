#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A set file is there whole or not at all.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

random_hashes 20 9 >list
random_hashes 60000 10 >long_list
expect 0 phash key new --quiet --out key
mkdir out.d
nothing_left() {
    is "$(ls -A out.d)" "$1" "files after: $2"
}
# Builds that fail before or after they began.
expect 2 phash set build --key key --out out.d/set.phb no-such-list
nothing_left '' 'a missing list'
expect 2 phash set build --key no-such-key --out out.d/set.phb list
nothing_left '' 'a missing key'
printf '%s,%01001d\n' "$(head -c 64 list)" 0 >long_label
expect 2 phash set build --key key --out out.d/set.phb list long_label
nothing_left '' 'a label that is too long'
has err 'out.d/set.phb: '
is_empty out
name=$(printf '%065d' 0)
expect 2 phash set build --key key --out out.d/set.phb --name "$name" list
nothing_left '' 'a name that is too long'
expect 2 phash set build --key key --out no-such-folder/set.phb list
expect 2 phash set build --key key --out out.d list
nothing_left '' 'a folder as output'
mkfifo fifo
expect 2 timeout 60 "$program" set build --key key --out fifo list
[ -p fifo ] || fail "a fifo was replaced"

# Never an input: neither the key nor a list, by whatever name.
cp key key.before
cp list list.before
ln -s key key-link
for target in key ./key key-link list; do
    expect 2 phash set build --key key --out $target list
    has err 'is read for this set'
done
same key key.before
same list list.before

# A full disk, as far as a limit on the size of files shows it: of 2000 entries the tokens are kept that found room, and
# none of the set.
random_hashes 2000 1 >middling_list
(
    ulimit -f 100
    trap '' XFSZ
    expect 2 phash set build --quiet --key key --out out.d/set.phb middling_list
    has err '^phash set build: out.d/set.phb.part: cannot write, so what is computed from here on is lost if'
    has err '^phash set build: out.d/set.phb: writing the set failed$'
    has err '^phash set build: not built; [0-9]+ tokens are kept in out.d/set.phb.part: the same command goes on'
)
nothing_left set.phb.part 'a full disk'
expect 0 phash set build --key key --out out.d/set.phb middling_list
has err 'going on after [0-9]+ tokens$'
nothing_left set.phb 'a second run with more room'
rm out.d/set.phb
# With no room for a single chunk nothing is left.
(
    ulimit -f 4
    trap '' XFSZ
    expect 2 phash set build --quiet --key key --out out.d/set.phb middling_list
)
nothing_left '' 'a disk that is quite full'

# Killed in the middle: the old set is still there, whole, and nothing but the journal beside it.
expect 0 phash set build --quiet --key key --out out.d/set.phb list
is "$(stat -c %a out.d/set.phb)" 644 "mode of a set"
nothing_left set.phb 'a good build'
cp out.d/set.phb before
for delay in 0.05 0.5 1; do
    "$program" set build --quiet --key key --out out.d/set.phb long_list &
    job=$!
    sleep $delay
    kill -KILL $job
    status=0
    wait $job 2>/dev/null || status=$?
    is $status 137 "exit status of a killed build"
    same out.d/set.phb before
    is "$(find out.d -type f ! -name set.phb ! -name set.phb.part)" '' 'files after a kill'
done
expect 0 phash set inspect out.d/set.phb

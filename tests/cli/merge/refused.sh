#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What does not belong together is not merged, and what is missing is told.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

mkdir folder
cp "$pictures"/{photo-1,photo-2,half-1,half-2,other-1,other-2}.jpg "$pictures/flat.png" folder
make_list list photo-1.jpg photo-2.jpg

# part FILE PART/COUNT ARGUMENT...
part() {
    local file=$1 shard=$2
    shift 2
    "$program" scan --format jsonl --shard "$shard" "$@" >"$file" 2>err || [ $? -le 2 ] || fail "$file"
}

# refused MESSAGE ARGUMENT...: nothing is written to the file, nor a summary to stdout
refused() {
    local message=$1
    shift
    expect 2 phash merge "$@"
    has err "$message"
    lacks out '"summary"'
    echo old >kept
    expect 2 phash merge -o kept "$@"
    is "$(cat kept)" old "the file"
    is "$(echo kept*)" kept "files named kept"
}

for i in 1 2 3; do part "p$i" "$i/3" --list list folder; done
expect 0 phash merge p1 p2 p3
mv out whole

refused '^phash merge: part 2 of 3 is missing$' p1 p3
refused '^phash merge: part 1 is in p1 and in p1$' p1 p2 p3 p1
refused 'is of a run in 3 parts, not 4' --expect 4 p1 p2 p3
refused 'cannot open' p1 p2 p3 missing
refused 'is merged already' whole p1
refused '^phash merge: list: does not begin with a header' list p1
mkdir directory
refused '^phash merge: directory: ' directory p1

# A run that was cut short, anywhere.
size=$(wc -c <p2)
for keep in 0 1 50 $((size / 2)) $((size - 200)) $((size - 1)); do
    head -c "$keep" p2 >short
    refused '^phash merge: short: (the run was not completed|does not begin with a header)' p1 short p3
done
# All that is incomplete is told at once.
head -n 2 p1 >cut1
head -n 2 p2 >cut2
refused '^phash merge: cut1: the run was not completed' cut1 cut2 p3
has err '^phash merge: cut2: the run was not completed'

# Other options, lists, versions, folders, numbers of parts.
part other 2/3 --list list --radius 20 folder
refused 'not parts of one run: "radius" differs' p1 other p3
part other 2/3 --list list --views none folder
refused 'not parts of one run: "views" differs' p1 other p3
cp list list.kept
make_list list photo-1.jpg photo-3.jpg
part other 2/3 --list list folder
refused 'lists of other content' p1 other p3
cp list.kept list
sed '1s/"version":"[^"]*"/"version":"0.0.1"/' p2 >other
refused '"version" differs' p1 other p3
part other 2/4 --list list folder
refused 'is of a run in 3 parts, other of one in 4' p1 other p3
part other 2/3 --list list folder/.
refused 'did not go through the same inputs' p1 other p3
cp "$pictures/half-3.jpg" folder/more.jpg
part other 2/3 --list list folder
refused 'did not go through the same inputs' p1 other p3
rm folder/more.jpg
"$program" hash --format jsonl --shard 2/3 folder >other 2>err || true
refused '"(pipeline|command)" differs' p1 other p3

# Damage between header and summary: a record lost, doubled, cut, out of order, or counted wrongly.
[ "$(wc -l <p2)" -ge 5 ] || fail "part 2 has too few records for this test"
sed 2d p2 >damaged
refused 'in no part|counts others' p1 damaged p3
sed 2p p2 >damaged
refused 'damaged: record 2 is damaged' p1 damaged p3
sed '2s/}$//' p2 >damaged
refused 'damaged: record 1 is damaged' p1 damaged p3
sed '2s/,"n":[0-9]*//' p2 >damaged
refused 'damaged: record 1 is damaged' p1 damaged p3
{ sed -n 1p p2 && sed -n 3p p2 && sed -n 2p p2 && sed -n '4,$p' p2; } >damaged
refused 'damaged: record 2 is damaged' --partial damaged
sed '$s/"inputs":/"inputs":1/' p2 >damaged
refused 'damaged: has [0-9]+ records and counts others' p1 damaged p3
sed '$s/"list_bad_rows":0/"list_bad_rows":1/' p2 >damaged
refused 'disagree about "list_bad_rows"' p1 damaged p3
sed '1s/"parts":\[2\]/"parts":[4]/' p2 >damaged
refused 'its header is damaged' p1 damaged p3
# Two parts with records of one number.
n=$(tail -n 2 p3 | sed -n 's/.*"n":\([0-9]*\)}$/\1/p')
last=$(($(wc -l <p2) - 1))
sed "${last}s/\"n\":[0-9]*}\$/\"n\":$n}/" p2 >damaged
refused "input $n is in another part too|before number $n is in no part" p1 damaged p3
refused "input $n is in another part too" --partial damaged p3

# A list that cannot be read to its end: the run has a summary, but it is not one of a part.
expect 2 phash scan --format jsonl --shard 1/1 --list list --files-from missing folder
mv out failed
refused 'was not completed' failed

# A part that a signal ended: it has a summary, but not that of a part.
mkfifo pipe
"$program" scan --format jsonl --shard 1/1 --list list folder/photo-1.jpg --tar pipe >ended 2>err <>pipe &
pid=$!
exec 3>pipe
for _ in {1..300}; do
    [ "$(wc -l <ended)" -ge 2 ] && break
    sleep 0.1
done
kill -TERM $pid # SIGINT is ignored in jobs in the background
got=0
wait $pid || got=$?
exec 3>&-
is "$got" 130 "exit status after a signal"
has ended '"type":"summary".*"interrupted":true'
refused 'ended: its summary does not say' ended

# --shard wants records that can be merged.
expect 64 phash scan --list list --shard 1/2 folder
has err 'needs --format jsonl'
expect 64 phash hash --shard 1/2 folder
for bad in '' 1 0/2 3/2 1/0 1/65537 /2 1/ a/2 1/2/3 ' 1/2' -1/2 1/2a +1/2; do
    expect 64 phash scan --format jsonl --list list --shard "$bad" folder
    has err '--shard takes PART/COUNT'
done
expect 64 phash scan --format jsonl --list list --shard 1/2 --shard 2/2 folder
expect 64 phash merge
expect 64 phash merge --expect 0 p1
expect 64 phash merge --nonsense p1
if [ -c /dev/full ]; then
    got=0
    "$program" merge p1 p2 p3 >/dev/full 2>err || got=$?
    is "$got" 2 "exit status with a full stdout"
    has err 'cannot write the output'
fi

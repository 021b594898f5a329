#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A journal: what is unchanged is not read again, what changed is, and the output is that of a scan without one.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

make_list one.csv photo-1.jpg photo-2.jpg
make_list two.csv photo-3.jpg
mkdir folder
cp "$pictures"/photo-[1-4].jpg "$pictures"/half-1.jpg "$pictures"/alpha-2.png "$pictures"/stored-1.jpg \
    "$pictures"/flat.png "$pictures"/tiny.png "$pictures"/bomb.png "$pictures"/stripes.png folder
head -c 3000 "$pictures/photo-5.jpg" >folder/cut.jpg
echo text >folder/note.txt
: >folder/empty
n=14
sleep 3.1 # what changed in the last seconds is not noted

# scan RECORDS NOTED: with the journal, against a scan without it; so many inputs must come from the journal.
scan() {
    local inputs=$1 noted=$2
    shift 2
    expect 2 phash scan --format jsonl "$@"
    mv out plain
    expect 2 phash scan --format jsonl --journal journal --resume "$@"
    same out plain
    has err "^phash scan: journal: $noted of $inputs inputs taken from it\$"
}

expect 64 phash scan --resume --list one.csv folder
has err '--resume goes with --journal'
expect 64 phash scan --journal a --journal b --list one.csv folder
expect 2 phash scan --format jsonl --journal journal --list one.csv folder
is "$(stat -c %a journal)" 600 "mode of the journal"
lacks journal 'folder|photo'
scan $n $n --list one.csv folder
scan $n $n --list one.csv --list two.csv --radius 10 folder
scan $n $n --list two.csv --jobs 1 folder
expect 2 phash scan --quiet --journal journal --resume --list one.csv folder
is_empty err
for format in human csv; do
    expect 2 phash scan --format $format --list one.csv folder
    mv out plain
    expect 2 phash scan --format $format --list one.csv --journal journal --resume folder
    same out plain
done

# Nothing but the journal and the list is opened. Sanitizers do not run under a tracer.
if strace -f -o trace -e trace=open,openat "$program" scan --quiet --journal journal --resume --list one.csv folder \
    >out 2>err; [ $? = 2 ] && [ -s trace ]; then
    has trace '"one.csv"'
    lacks trace '"folder/'
fi

# An earlier journal is never overwritten by mistake, nor a file that is none.
cp journal kept
expect 2 phash scan --journal journal --list one.csv folder
has err '^phash scan: --journal journal: there is one of an earlier scan; give --resume'
is_empty out
same journal kept
for other in one.csv folder/photo-1.jpg; do
    cp "$other" other
    expect 2 phash scan --journal other --resume --list one.csv folder
    has err '^phash scan: --journal other: is not the journal of a scan and is left as it is$'
    same other "$other"
done
expect 2 phash scan --journal folder --resume --list one.csv folder
expect 2 phash scan --journal no/such --list one.csv folder
expect 2 phash scan --journal /dev/full --list one.csv folder
has err 'not a regular file'

# Other options: not used, and kept.
scan $n 0 --list one.csv --views none folder
has err '14 of its 14 entries were made with other options'
scan $n 0 --list one.csv --pipeline exact folder
scan $n 0 --list one.csv --orientation apply folder
scan $n $n --list one.csv --views none folder
scan $n $n --list one.csv folder

# Changed files: written over, also with the time put back, replaced, renamed.
cp -p folder/photo-1.jpg times
cp "$pictures/photo-2.jpg" folder/photo-1.jpg
sleep 3.1
scan $n $((n - 1)) --list one.csv folder
scan $n $n --list one.csv folder
cp "$pictures/photo-3.jpg" folder/photo-1.jpg
touch -r times folder/photo-1.jpg
scan $n $((n - 1)) --list one.csv --list two.csv folder
scan $n $((n - 1)) --list one.csv --list two.csv folder # it changed a moment ago
sleep 3.1
scan $n $((n - 1)) --list one.csv --list two.csv folder
cp -p "$pictures/photo-4.jpg" folder/new
touch -r times folder/new
mv folder/new folder/photo-1.jpg
sleep 3.1
scan $n $((n - 1)) --list one.csv folder
scan $n $n --list one.csv folder
cp -p folder/note.txt times
printf 'TEXT\n' >folder/note.txt # the size, the inode and the time of modification stay
touch -r times folder/note.txt
sleep 3.1
scan $n $((n - 1)) --list one.csv folder
scan $n $n --list one.csv folder
mv folder/photo-1.jpg folder/renamed.jpg
sleep 3.1
scan $n $((n - 1)) --list one.csv folder
mkfifo folder/fifo
scan $((n + 1)) $n --list one.csv folder no-such-file folder/fifo # a name without a file is not read
rm folder/fifo

# Privately: the margins are noted too.
expect 0 phash key new --quiet --out key
expect 0 phash set build --quiet --key key --name tests --out one.phb one.csv
expect 0 phash set build --quiet --key key --name others --out two.phb two.csv
scan $n 0 --set one.phb --key key folder
scan $n $n --set one.phb --key key folder
scan $n $n --set two.phb --key key --radius 5 folder
scan $n $n --list one.csv folder

# Two scans do not share one.
mkfifo names
"$program" scan --list one.csv --journal journal --resume --files-from names >first 2>first.err &
exec 3>names
for _ in $(seq 500); do
    [ ! -s first ] || break
    sleep 0.01
done
expect 2 phash scan --list one.csv --journal journal --resume folder
has err '--journal journal: another scan is writing it$'
echo folder/photo-2.jpg >&3
exec 3>&-
wait $! || true
has first '^match .*photo-2'

# A full disk ends the journal, not the scan.
expect 2 phash scan --format jsonl --list one.csv folder
mv out plain
status=0
(
    ulimit -f 16
    exec "$program" scan --format jsonl --journal small --list one.csv folder 2>&1 >&4
) 4> >(cat >out; : >written) >err || status=$?
is $status 2 "exit status with a full disk"
for _ in $(seq 500); do
    [ ! -e written ] || break
    sleep 0.01
done
same out plain
is "$(grep -c 'cannot write: .*; the scan goes on' err)" 1 "messages about a full disk"
expect 2 phash scan --format jsonl --journal small --resume --list one.csv folder
same out plain
has err "journal: [1-9] of $n inputs taken from it"
lacks err damaged
expect 2 phash scan --format jsonl --journal small --resume --list one.csv folder
same out plain
has err "journal: $n of $n inputs taken from it"

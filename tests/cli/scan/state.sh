#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# --state: older editions and rewritten history are refused, and nobody can lock out the true editions.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

make_signers
make_list list.csv photo-1.jpg photo-2.jpg
expect 0 phash key new --quiet --out key
build() {
    expect 0 phash set build --quiet --key key --budget 64 "$@" list.csv
    expect 0 phash set sign --quiet --signing-key secret-1.pem "$2"
}
build --out 1.phb --name known
build --out 2.phb --previous 1.phb
build --out 3.phb --previous 2.phb
build --out 4.phb --previous 3.phb
build --out 5.phb --previous 4.phb
build --out fork2.phb --previous 1.phb --not-after 2100-01-01
build --out orphan3.phb --name known --sequence 3
build --out foreign.phb --name foreign

scan() { # STATUS SET ARGUMENT...
    local status=$1 set=$2
    shift 2
    expect "$status" phash scan --set "$set" --key key --state state "$@" "$pictures/photo-1.jpg"
}
accept() { # HISTORY SET ARGUMENT...
    local history=$1
    shift
    scan 1 "$@" --signer public-1.pem --format jsonl
    has out "\"history\":\"$history\"\}"
}
refuse() { # MESSAGE SET
    cp state state.before
    scan 2 "$2" --signer public-1.pem
    is_empty out
    has err "^phash scan: $1"
    same state state.before
}
digest_of() {
    phash set inspect "$1" | sed -n 's/^digest  *sha256://p'
}

accept first 1.phb
is_empty err
is "$(head -n 1 state)" "libphash sets seen 1" "mark"
has state "^[0-9a-f]{32} 1 $(digest_of 1.phb)\$"
is "$(stat -c %a state)" 600 "mode"
cp state state.1
accept same 1.phb
same state state.1
accept next 2.phb
is "$(wc -l <state)" 2 "lines"
has state "^[0-9a-f]{32} 2 $(digest_of 2.phb)\$"
refuse '1\.phb: an old edition: sequence 1, and 2 was seen before: fetch the current one$' 1.phb
refuse 'fork2\.phb: another edition with the sequence number 2 was seen before' fork2.phb
refuse 'orphan3\.phb: edition 3 does not follow the edition 2 that was seen before: history was rewritten' orphan3.phb

# Another set has a line of its own.
accept first foreign.phb
is "$(wc -l <state)" 3 "lines"
accept next 3.phb
is "$(wc -l <state)" 3 "lines"

# Later than the next: the chain cannot be followed, and that is said.
accept later 5.phb
has err '^phash scan: 5\.phb: editions before it were passed over, so its history .* is not verified: phash set log'
refuse '4\.phb: an old edition' 4.phb
accept same 5.phb
is_empty err

# What was refused for other reasons is not remembered.
cp state state.before
expect 0 phash set build --quiet --key key --budget 64 --out 6.phb --previous 5.phb list.csv
scan 2 6.phb --signer public-1.pem
has err 'the set is not signed'
same state state.before
build --out expired.phb --previous 5.phb --not-after 2020-01-01
scan 2 expired.phb --signer public-1.pem
has err 'out of date'
same state state.before

# Nor is an unsigned edition that was let pass: its number may be anybody's.
expect 0 phash set build --quiet --key key --budget 64 --out high.phb --name known --sequence 18446744073709551615 \
    list.csv
scan 1 high.phb --signer public-1.pem --allow-unsigned
has err 'it is not remembered in --state'
same state state.before
expect 0 phash set sign --quiet --signing-key secret-1.pem 6.phb
accept next 6.phb

# Without --signer editions are remembered too.
rm state
scan 1 2.phb
scan 2 1.phb
has err 'an old edition'

# Two at once: neither loses the other's line.
rm state
for set in 1.phb foreign.phb; do
    "$program" scan --quiet --set $set --key key --state state "$pictures/photo-1.jpg" >/dev/null &
done
wait
is "$(wc -l <state)" 3 "lines of two at once"

# A scan waits for another that is at work with the file.
if command -v flock >/dev/null; then
    exec 9>>state.lock
    flock 9
    expect 124 timeout 2 "$program" scan --set foreign.phb --key key --state state "$pictures/photo-1.jpg" 9>&-
    is_empty out
    exec 9>&-
    scan 1 foreign.phb
fi

# A damaged file is never taken for an empty one.
cp state good
bad_state() {
    cp state state.before
    scan 2 1.phb
    is_empty out
    has err '^phash scan: state: '
    same state state.before
}
: >state
bad_state
head -c -1 good >state
bad_state
sed 's/seen 1/seen 2/' good >state
bad_state
sed '2s/^./G/' good >state
bad_state
sed '2s/ 1 / 01 /' good >state
bad_state
sed '2s/ 1 / 99999999999999999999 /' good >state
bad_state
sed '2s/$/0/' good >state
bad_state
sed '2s/.$//' good >state
bad_state
sed 2p good >state
bad_state
tr ' ' '\0' <good >state
bad_state
cp list.csv state
bad_state
rm state
mkdir state
scan 2 1.phb
has err 'state: is a directory'
rmdir state
expect 2 phash scan --set 1.phb --key key --state no/such/place "$pictures/photo-1.jpg"
has err 'no/such/place\.lock: cannot lock'
is_empty out

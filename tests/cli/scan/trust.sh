#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A scan uses a set only when the signers it names have signed it; each refusal comes before any picture is read, with
# its own message.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

make_signers
make_list list.csv photo-1.jpg photo-2.jpg
expect 0 phash key new --quiet --out key
expect 0 phash set build --quiet --key key --budget 64 --out plain.phb list.csv
cp plain.phb one.phb
expect 0 phash set sign --quiet --signing-key secret-1.pem one.phb
cp one.phb two.phb
expect 0 phash set sign --quiet --signing-key secret-2.pem two.phb
match=$pictures/photo-1.jpg

scan() { # STATUS SET ARGUMENT...
    local status=$1 set=$2
    shift 2
    expect "$status" phash scan --set "$set" --key key "$@" "$match"
}
refuse() { # MESSAGE SET ARGUMENT...
    local message=$1
    shift
    scan 2 "$@"
    is_empty out
    has err "^phash scan: $message"
    expect 2 phash scan --format jsonl --set "$1" --key key "${@:2}" "$match"
    is_empty out
}

# Nobody is named: as ever, and it says so.
scan 1 plain.phb
is_empty err
has out '^set: signatures not checked \(no --signer\)$'
scan 1 one.phb --format jsonl
has out '"trust":\{"signatures":"not checked","quorum":0,"signers":\[\],"history":"not checked"\}'

# All named signers are required, unless a quorum is given.
scan 1 one.phb --signer public-1.pem
is_empty err
has out '^set: signatures of 1 of 1 required signers verified$'
scan 1 two.phb --signer public-2.pem --signer public-1.pem --format jsonl
has out '"trust":\{"signatures":"verified","quorum":2,'
has out "\"signers\":\[\"ed25519:${signer_key[2]}\",\"ed25519:${signer_key[1]}\"\],"
scan 1 two.phb --signer public-1.pem --signer public-2.pem --signer public-3.pem --quorum 2 --format jsonl
has out '"signatures":"verified","quorum":2,'
lacks out "${signer_key[3]}"
scan 1 two.phb --signer public-1.pem # other signatures do no harm

refuse 'plain\.phb: the set is not signed, and signatures of 1 of 1 signers are required: get the signed set from its '\
'publisher, or give --allow-unsigned$' plain.phb --signer public-1.pem
refuse 'one\.phb: signed by 1 others, but by none of the 1 required signers \(3d4017c3\.\.\.\): get the set' one.phb \
    --signer public-2.pem
refuse 'one\.phb: signed by 1 of 2 required signers, and 2 are needed; the signature of 3d4017c3\.\.\. is missing' \
    one.phb --signer public-1.pem --signer public-2.pem
refuse 'two\.phb: signed by 2 of 3 required signers, and 3 are needed; the signature of fc51cd8e\.\.\. is missing' \
    two.phb --signer public-1.pem --signer public-2.pem --signer public-3.pem --quorum 3

# A signature that does not verify, be it of a required signer or not.
size=$(od -An -tu4 -j12 -N4 two.phb | tr -d ' ')
for entry in 0 1; do
    cp two.phb forged.phb
    printf '\1\2\3' | dd of=forged.phb bs=1 seek=$((48 + size + 2 + 96 * entry + 60)) conv=notrunc status=none
    refuse 'forged\.phb: the signature of [0-9a-f]{8}\.\.\. does not verify' forged.phb --signer public-1.pem
    refuse 'forged\.phb: the signature of [0-9a-f]{8}\.\.\. does not verify' forged.phb --signer public-1.pem \
        --allow-unsigned
done
scan 1 forged.phb # not checked, as asked

# Past its date: refused, signed or not, allowed unsigned or not.
expect 0 phash set build --quiet --key key --budget 64 --out old.phb --not-after 2020-02-03 list.csv
refuse 'old\.phb: the set is out of date since 2020-02-03T00:00:00Z: fetch a newer one$' old.phb
refuse 'old\.phb: the set is out of date' old.phb --signer public-1.pem --allow-unsigned
expect 0 phash set sign --quiet --signing-key secret-1.pem old.phb
refuse 'old\.phb: the set is out of date' old.phb --signer public-1.pem

# --allow-unsigned: goes on without any signature, says what that gives up, and forgives nothing else.
scan 1 plain.phb --signer public-1.pem --allow-unsigned
has err '^phash scan: plain\.phb: not signed, and used because of --allow-unsigned: nothing shows who made it, so '
has out '^set: NOT SIGNED: nothing shows who made the set \(--allow-unsigned\)$'
scan 1 plain.phb --signer public-1.pem --allow-unsigned --format jsonl
has out '"trust":\{"signatures":"none","quorum":1,"signers":\[\],"history":"not checked","given_up":"the set is not'
refuse 'one\.phb: signed by 1 others' one.phb --signer public-2.pem --allow-unsigned
refuse 'one\.phb: signed by 1 of 2' one.phb --signer public-1.pem --signer public-2.pem --allow-unsigned
scan 1 one.phb --signer public-1.pem --allow-unsigned
is_empty err

# Keys that are none.
refuse 'secret-1\.pem: a secret key, and the public one is needed' one.phb --signer secret-1.pem
refuse 'no-such: cannot open' one.phb --signer no-such
refuse 'list\.csv: not a PEM file' one.phb --signer list.csv
cp public-1.pem again.pem
refuse 'again\.pem: the same signer as public-1\.pem: name each once' one.phb --signer public-1.pem --signer again.pem

# Usage.
for args in "--set one.phb --key key --quorum 1" "--set one.phb --key key --quorum 2 --signer public-1.pem" \
    "--set one.phb --key key --quorum 0 --signer public-1.pem" "--set one.phb --key key --allow-unsigned" \
    "--list list.csv --signer public-1.pem" "--list list.csv --state state" "--list list.csv --allow-unsigned" \
    "--set one.phb --key key --state a --state b"; do
    # shellcheck disable=SC2086 # several words
    expect 64 phash scan $args "$match"
    is_empty out
done

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A set is downloaded in pieces, and in place only when it is whole, sound, trusted and no older than what is there.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../service.sh
. "$here/service.sh"

mkdir sets
random_hashes 2000 7 >list
expect 0 phash key new --quiet --out key
expect 0 phash set build --quiet --key key --name tests --out sets/first.phb list
cp sets/first.phb set.phb
need_http
rm set.phb
make_signers
expect 0 phash set sign --quiet --signing-key secret-1.pem sets/first.phb
random_hashes 1900 8 >shorter
expect 0 phash set build --quiet --key key --previous sets/first.phb --out sets/second.phb shorter
expect 0 phash set build --quiet --key key --name others --out sets/others.phb shorter
printf '<html>no set</html>' >sets/page.phb
start_service --key key
fetch() {
    phash set fetch "$url/v1/sets/$1" --out set.phb "${@:2}"
}
# nothing of a download is left
no_part() {
    [ -z "$(find . -name 'set.phb.*')" ] || fail "a part is left"
}
whole=$(wc -c <sets/first.phb)

expect 0 fetch first.phb --signer public-1.pem --state seen
has out '^edition +1, 2000 entries'
has out 'its SHA-256 is the one that was announced'
has out "^fetched +$whole of $whole bytes"
has out 'signatures of 1 of 1'
is_empty err
same set.phb sets/first.phb
no_part
is "$(stat -c %a set.phb)" 644 mode

# What is there need not come again; but it is looked at as if it had.
expect 0 fetch first.phb --signer public-1.pem --state seen
has out '^fetched +nothing'
has out 'signatures of 1 of 1'
no_part
expect 2 fetch first.phb --signer public-2.pem
same set.phb sets/first.phb

# Cut again and again: every try asks for the rest only.
rm set.phb
behave_about_sets cut 3
expect 0 fetch first.phb
same set.phb sets/first.phb
is "$(grep -c "bytes=[0-9]*-" requests)" 3 "requests for a part"
has requests "bytes=$((whole - (whole + 7) / 8))- "
no_part
# Given up in the middle; the same command goes on later.
rm set.phb
behave_about_sets cut 1
expect 2 fetch first.phb --max-size $((whole - 1))
[ ! -e set.phb ] || fail "too large, and in place"
behave_about_sets unauthorized
expect 2 fetch first.phb
has err '401'
head -c 3000 sets/first.phb >set.phb.part
printf '%s\n"%s"\n' "$url/v1/sets/first.phb" "$(sha256sum <sets/first.phb | cut -c 1-64)" >set.phb.part.etag
behave_about_sets
expect 0 fetch first.phb
has out "^fetched +$((whole - 3000)) of $whole bytes"
same set.phb sets/first.phb
# All of it was there already.
mv set.phb set.phb.part
printf '%s\n"%s"\n' "$url/v1/sets/first.phb" "$(sha256sum <sets/first.phb | cut -c 1-64)" >set.phb.part.etag
expect 0 fetch first.phb
has out "^fetched +0 of $whole bytes"
# What is there is of another file, of another URL, or nobody knows of what: it begins anew.
for tag in "$url/v1/sets/first.phb"$'\n"0123"' "$url/other"$'\n"0123"' "$url/v1/sets/first.phb"$'\nW/"0123"' ''; do
    rm -f set.phb
    head -c 100000 /dev/zero >set.phb.part
    printf '%s\n' "$tag" >set.phb.part.etag
    expect 0 fetch first.phb
    has out "^fetched +$whole of $whole bytes"
    same set.phb sets/first.phb
done
rm set.phb
head -c 5000 sets/first.phb >set.phb.part
printf '%s\n"%s"\n' "$url/v1/sets/first.phb" "$(sha256sum <sets/first.phb | cut -c 1-64)" >set.phb.part.etag
behave_about_sets elsewhere
expect 2 fetch first.phb
has err 'another part than it was asked for'
behave_about_sets unranged
expect 0 fetch first.phb
same set.phb sets/first.phb
no_part
behave_about_sets untagged
rm set.phb
expect 0 fetch first.phb
lacks out SHA-256
behave_about_sets busy 1
expect 0 fetch first.phb

# Refused: what is there stays.
cp set.phb kept
behave_about_sets damaged
expect 2 fetch first.phb --force
has err 'its SHA-256 is not the one'
no_part
behave_about_sets
expect 2 fetch page.phb --force
no_part
expect 2 fetch missing.phb --force
expect 2 fetch first.phb --signer public-2.pem
no_part
expect 2 fetch second.phb --signer public-1.pem # not signed
has err 'not signed|no signature|unsigned'
expect 2 fetch others.phb
has err 'another set; it is kept'
same set.phb kept
behave_about_sets redirect
expect 2 fetch first.phb
same set.phb kept
# On, not back.
behave_about_sets
expect 0 fetch second.phb
same set.phb sets/second.phb
expect 2 fetch first.phb
has err 'a newer edition; it is kept'
same set.phb sets/second.phb
expect 0 fetch first.phb --force
same set.phb sets/first.phb
expect 0 fetch second.phb --signer public-1.pem --allow-unsigned
expect 2 fetch http://evaluator.example/x
for wrong in '' 'x y --out set' 'x' '--out a --out b x' '--max-size 0 --out a x' '--nonsense'; do
    # shellcheck disable=SC2086 # several words
    expect 64 phash set fetch $wrong
done

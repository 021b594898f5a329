#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A signature made outside: the message goes out, the signature comes in and is verified before it is stored.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

make_signers
random_hashes 40 22 >list.csv
expect 0 phash key new --quiet --out key
expect 0 phash set build --quiet --key key --budget 64 --out set.phb --created 2026-01-01 list.csv
cp set.phb plain.phb
expect 0 phash set inspect set.phb
digest=$(sed -n 's/^digest  *sha256://p' out)
format=$(sed -n 's/^format  *//p' out)

# The message is domain, zero byte, format, digest.
expect 0 phash set sign --message set.phb
is "$(cat out)" "$(printf 'libphash set manifest signature\0' | xxd_plain)0${format}000000$digest" "message"
expect 0 phash set sign --message --out message set.phb
is_empty out
is "$(xxd_plain <message)" "$(phash set sign --message set.phb)" "message in a file"
expect 2 phash set sign --message --out set.phb set.phb
has err 'set\.phb: is read and cannot be the output'
same set.phb plain.phb

# Anything may make the signature; openssl does it here.
command -v openssl >/dev/null || skip "no openssl program"
openssl pkeyutl -sign -rawin -inkey secret-2.pem -in message -out signature
expect 0 phash set sign --add-signature signature --signer public-2.pem --out added.phb set.phb
has out "^signed by ed25519:${signer_key[2]}\$"
expect 0 phash set sign --quiet --signing-key secret-2.pem --out signed.phb set.phb
same added.phb signed.phb
xxd_plain <signature >signature.hex
expect 0 phash set sign --quiet --add-signature signature.hex --signer public-2.pem --out added.phb set.phb
same added.phb signed.phb
tr a-f A-F <signature.hex >upper.hex
echo >>upper.hex
expect 0 phash set sign --quiet --add-signature upper.hex --signer public-2.pem --out added.phb set.phb
same added.phb signed.phb

refuse() { # MESSAGE ARGUMENT...
    local message=$1
    shift
    rm -f out.phb
    expect 2 phash set sign --out out.phb "$@"
    is_empty out
    has err "$message"
    [ ! -e out.phb ] || fail "a set was written"
}
refuse 'set\.phb: the signature of d75a9801\.\.\. does not verify' --add-signature signature \
    --signer public-1.pem set.phb
expect 0 phash set build --quiet --key key --budget 64 --out other.phb --name set --created 2026-01-02 list.csv
refuse 'other\.phb: the signature of 3d4017c3\.\.\. does not verify' --add-signature signature --signer public-2.pem \
    other.phb
head -c 63 signature >short
refuse 'short: neither 64 bytes nor 128 hexadecimal digits' --add-signature short --signer public-2.pem set.phb
sed 's/^./g/' signature.hex >bad.hex
refuse 'bad\.hex: neither 64 bytes nor 128 hexadecimal digits' --add-signature bad.hex --signer public-2.pem set.phb
refuse 'secret-2\.pem: a secret key, and the public one is needed' --add-signature signature \
    --signer secret-2.pem set.phb
refuse 'no-such: cannot open' --add-signature no-such --signer public-2.pem set.phb

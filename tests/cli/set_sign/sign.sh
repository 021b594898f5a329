#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Signing with a PEM key: what is added, what is replaced, and what is refused with which message.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

make_signers
random_hashes 300 21 >list.csv # more than one piece of the copy
expect 0 phash key new --quiet --out key
expect 0 phash set build --quiet --key key --budget 64 --out set.phb --created 2026-01-01 list.csv
cp set.phb plain.phb
digest=$(phash set inspect set.phb | sed -n 's/^digest  *sha256://p')

expect 0 phash set sign --signing-key secret-1.pem set.phb
is_empty err
has out "^set\.phb: set 'set', edition 1, 300 entries, sha256:$digest\$"
has out "^signed by ed25519:${signer_key[1]}\$"
expect 0 phash set inspect set.phb
has out "^digest        sha256:$digest\$"
has out "^signature     ed25519:${signer_key[1]} verifies\$"
expect 0 phash set inspect --format jsonl set.phb
has out "\"signatures\":\[\{\"key\":\"ed25519:${signer_key[1]}\",\"verifies\":true\}\],\"sound\":true\}\$"

# Only the head's first block changes, and the set serves as before.
is "$(wc -c <set.phb)" "$(wc -c <plain.phb)" "size"
cmp -s <(tail -c +4097 set.phb) <(tail -c +4097 plain.phb) || fail "signing changed the body"
! cmp -s set.phb plain.phb || fail "nothing was signed"

# A second signer; the order of signing does not show. --out leaves the set alone.
cp set.phb one.phb
expect 0 phash set sign --quiet --signing-key secret-2.pem --out two.phb set.phb
is_empty out
same set.phb one.phb
expect 0 phash set sign --quiet --signing-key secret-2.pem --out b.phb plain.phb
expect 0 phash set sign --quiet --signing-key secret-1.pem b.phb
same b.phb two.phb
# Signing again replaces the signer's own signature by the same.
expect 0 phash set sign --quiet --signing-key secret-1.pem b.phb
same b.phb two.phb
is "$(stat -c %a two.phb)" 644 "mode"
chmod 600 b.phb
expect 0 phash set sign --quiet --signing-key secret-3.pem b.phb
is "$(stat -c %a b.phb)" 600 "mode of a replaced file"

# A symbolic link stays one.
mkdir elsewhere
cp plain.phb elsewhere/real.phb
ln -s elsewhere/real.phb link.phb
expect 0 phash set sign --quiet --signing-key secret-1.pem link.phb
[ -L link.phb ] || fail "the link is gone"
same elsewhere/real.phb one.phb

# Refusals: the set stays as it is, and no temporary file is left.
refuse() { # MESSAGE ARGUMENT...
    local message=$1
    shift
    expect 2 phash set sign "$@" set.phb
    is_empty out
    has err "$message"
    same set.phb one.phb
    [ -z "$(find . -name '*.phb.??????')" ] || fail "a temporary file is left"
}
cp public-2.pem public-copy.pem
chmod 600 public-copy.pem
refuse '^phash set sign: public-copy\.pem: a public key, and the secret one is needed' --signing-key public-copy.pem
cat >locked.pem <<'PEM'
-----BEGIN ENCRYPTED PRIVATE KEY-----
MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAjBe4si9Cr1sAICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEAuRX9CXrsGfQfuTTXWXRegEQJX2
JKGMeu9M1FtoLAbltNy2EUKlE0qgO09Nv+bGV+JYOafC9JX5OeSt7/5AoBBDfx6h
Th6rwsu5mkzKNHJIQPk=
-----END ENCRYPTED PRIVATE KEY-----
PEM
chmod 600 locked.pem
refuse 'locked\.pem: the key is behind a passphrase: decrypt it, or sign the message elsewhere' \
    --signing-key locked.pem
pem "PRIVATE KEY" 302e020100300506032b656e0422042060 >x25519.pem
cat secret-1.pem secret-2.pem >two.pem
chmod 600 x25519.pem two.pem
refuse 'x25519\.pem: a damaged key' --signing-key x25519.pem
refuse 'two\.pem: 2 PEM blocks' --signing-key two.pem
refuse 'key: not a PEM file' --signing-key key
refuse 'no-such: cannot open' --signing-key no-such
cp secret-2.pem open.pem
chmod 644 open.pem
refuse 'open\.pem: others may read or write this key' --signing-key open.pem
refuse 'secret-2\.pem: is read and cannot be the output' --signing-key secret-2.pem --out secret-2.pem
refuse 'elsewhere: exists and is not a regular file' --signing-key secret-2.pem --out elsewhere
[ -s secret-2.pem ] || fail "the key is gone"

# A damaged set is not signed.
cp plain.phb damaged.phb
printf 'x' | dd of=damaged.phb bs=1 seek=5000 conv=notrunc status=none
cp damaged.phb damaged.copy
expect 2 phash set sign --signing-key secret-1.pem damaged.phb
has err '^phash set sign: damaged\.phb: '
same damaged.phb damaged.copy
expect 2 phash set sign --signing-key secret-1.pem list.csv
has err 'list\.csv: not a blinded set'

# Usage.
for args in "set.phb" "--signing-key secret-1.pem" "--signing-key secret-1.pem --message set.phb" \
    "--add-signature x set.phb" "--signer public-1.pem --message set.phb" "--signing-key secret-1.pem set.phb b.phb" \
    "--signing-key secret-1.pem --signing-key secret-2.pem set.phb" "--no-such set.phb"; do
    # shellcheck disable=SC2086 # several words
    expect 64 phash set sign $args
    is_empty out
done
same set.phb one.phb

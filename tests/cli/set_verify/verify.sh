#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# set verify: sound or not, and what was checked.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

make_signers
random_hashes 40 23 >list.csv
expect 0 phash key new --quiet --out key
expect 0 phash set build --quiet --key key --budget 64 --out set.phb list.csv

# Unsigned: sound, and it says what that does not mean.
expect 0 phash set verify set.phb
is_empty err
for line in '^manifest      agrees with its digest$' '^blocks        all agree with the digest tree$' \
    '^signature     none: nothing shows who made this set$' '^not checked   who made it' \
    '^not checked   whether it is the newest edition' '^sound         yes$'; do
    has out "$line"
done
expect 2 phash set verify --signer public-1.pem set.phb
has out '^sound         NO$'
has err '^phash set verify: set\.phb: the set is not signed, and signatures of 1 of 1 signers are required'

for i in 1 2; do
    expect 0 phash set sign --quiet --signing-key secret-$i.pem set.phb
done
expect 0 phash set verify set.phb
has out "^signature     ed25519:${signer_key[1]} verifies\$"
has out "^signature     ed25519:${signer_key[2]} verifies\$"
has out '^not checked   whose keys these are: give --signer PUB\.pem$'
expect 0 phash set verify --signer public-1.pem --signer public-2.pem set.phb
has out '^signers       2 of 2 required signers have signed$'
lacks out 'whose keys'
expect 0 phash set verify --signer public-1.pem --signer public-3.pem --quorum 1 set.phb
has out '^signers       1 of 2 required signers have signed$'
expect 2 phash set verify --signer public-1.pem --signer public-3.pem set.phb
has err 'signed by 1 of 2 required signers, and 2 are needed; the signature of fc51cd8e\.\.\. is missing'
expect 2 phash set verify --signer public-3.pem set.phb
has err 'signed by 2 others, but by none of the 1 required signers \(fc51cd8e\.\.\.\)'
expect 2 phash set verify --signer public-1.pem --signer public-1.pem set.phb
has err 'public-1\.pem: the same signer as public-1\.pem'
expect 2 phash set verify --signer secret-1.pem set.phb
has err 'secret-1\.pem: a secret key, and the public one is needed'

# Past its date: told, and sound.
expect 0 phash set build --quiet --key key --budget 64 --out old.phb --not-after 2020-01-01 list.csv
expect 0 phash set verify old.phb
has out '^not after     2020-01-01T00:00:00Z, which is past: scans refuse this edition$'
has out '^sound         yes$'
expect 0 phash set sign --quiet --signing-key secret-1.pem old.phb
expect 0 phash set verify --signer public-1.pem old.phb

# Each damage, and each has its line.
py_with "$program" <<'PYTHON'
import subprocess, sys
from records import check

program = sys.argv[1]
good = open("set.phb", "rb").read()
manifest_size = int.from_bytes(good[12:16], "little")
area = 48 + manifest_size + 2
check(good[area - 2:area] == b"\2\0", "two signatures are expected")

def verify(at, bit, out, err):
    data = bytearray(good)
    data[at] ^= 1 << bit
    open("damaged.phb", "wb").write(data)
    run = subprocess.run([program, "set", "verify", "damaged.phb"], capture_output=True)
    check(run.returncode == 2, "byte", at, run)
    check(out in run.stdout and err in run.stderr, "byte", at, run)
    check(b"sound         yes" not in run.stdout, "byte", at, run)

for at in range(area + 32, area + 96, 7):
    verify(at, at % 8, b" DOES NOT VERIFY\n", b"does not verify: it is damaged or forged")
for at in range(area + 96 + 1, area + 192, 5):
    verify(at, at % 8, b" DOES NOT VERIFY\n", b"does not verify: it is damaged or forged")
for at in range(4096, len(good), 4096):
    verify(at + 17, 3, b"blocks        DAMAGED", b"block")
for at in range(48, 48 + manifest_size, 9):
    verify(at, 1, b"", b"the manifest does not agree with its digest")
verify(area - 2, 6, b"", b"66 signatures; the limit is 64")
verify(area - 2, 0, b"", b"out of order")
verify(area + 192, 0, b"", b"between signatures and body is not zero")
PYTHON

for args in "" "set.phb set.phb" "--quorum 2 --signer public-1.pem set.phb" "--quorum 1 set.phb" "--quorum 0 set.phb" \
    "--no-such set.phb"; do
    # shellcheck disable=SC2086 # several words
    expect 64 phash set verify $args
done
expect 2 phash set verify no-such
is_empty out
has err '^phash set verify: no-such: cannot open'

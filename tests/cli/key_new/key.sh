#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Keys: drawn once, kept private, told apart when damaged.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

make_list list photo-1.jpg
umask 0
expect 0 phash key new --out key
has out '^key: key [0-9a-f]{32}$'
is "$(stat -c %a key)" 600 "mode of the key file"
umask 022
expect 0 phash key new --quiet --out other
is_empty out
if cmp -s key other; then fail "two keys are equal"; fi

# An existing file is kept, and no temporary file is left.
cp -p key copy
expect 2 phash key new --out key
has err 'exists already and is kept'
is_empty out
same key copy
ln -s nowhere dangling
expect 2 phash key new --out dangling
[ ! -e nowhere ] || fail "a key was written through a symbolic link"
expect 2 phash key new --out no-such-folder/key
expect 2 phash key new --out .
is "$(find . -name '*key.*' -o -name 'other.*' -o -name 'dangling.*')" '' "temporary files"

# Only the owner may read or write it.
for mode in 640 604 620 660 644 601 610; do
    chmod $mode key
    expect 2 phash set build --key key --out set.phb list
    has err 'others may'
    [ ! -e set.phb ] || fail "a set was built with a key of mode $mode"
done
chmod 600 key
expect 0 phash set build --quiet --key key --budget 64 --out set.phb list
chmod 640 key
expect 2 phash scan --set set.phb --key key "$pictures/photo-1.jpg"
is_empty out
has err 'others may'
chmod 400 key
expect 1 phash scan --set set.phb --key key "$pictures/photo-1.jpg"
chmod 600 key

# Damage: every byte changed in turn, every length shorter, and more behind it.
py_with "$program" <<'PYTHON'
import os, subprocess, sys
from records import check

good = open("key", "rb").read()
def refused(data, what):
    with open(os.open("damaged", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
        stream.write(data)
    run = subprocess.run([sys.argv[1], "scan", "--set", "set.phb", "--key", "damaged", "list"], capture_output=True)
    check(run.returncode == 2 and run.stdout == b"" and run.stderr.startswith(b"phash scan: "), what, "is taken:", run)
    secret = good.split(b"\n")
    check(not any(len(word) >= 32 and word in run.stderr for line in secret for word in line.split()), "key shown", run)
step = 1 if len(good) <= 64 else 5
for i in range(0, len(good), step):
    refused(good[:i] + bytes([good[i] ^ 1]) + good[i + 1:], "byte %d changed" % i)
for n in (0, 1, len(good) // 2, len(good) - 2):
    refused(good[:n], "%d bytes" % n)
refused(good + b"x", "a longer key")
refused(good * 40, "a very long key")
PYTHON
expect 2 phash scan --set set.phb --key no-such-key "$pictures/photo-1.jpg"
is_empty out
expect 2 phash scan --set set.phb --key . "$pictures/photo-1.jpg"
is_empty out

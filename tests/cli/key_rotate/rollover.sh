#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The next key: sealed as the current one is, never over a file, and good for building the sets anew.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

make_list list photo-1.jpg
printf 'a passphrase of this test\n' >words
printf 'another passphrase\n' >others
chmod 600 words others

# Plain to plain.
expect 0 phash key new --out one
expect 0 phash key rotate --key one --out two
has out '^two: key [0-9a-f]{32}$'
has out 'phash-evaluator --key two --key one'
has two '^libphash evaluator key 1$'
if cmp -s one two; then fail "the next key is the current one"; fi
expect 0 phash set build --quiet --key one --budget 64 --out one.phb list
expect 0 phash set build --quiet --key two --budget 64 --out two.phb list
expect 2 phash set build --quiet --key two --budget 64 --previous one.phb --out more.phb list
has err 'another evaluator key$'
expect 1 phash scan --set two.phb --key two "$pictures/photo-1.jpg"
expect 1 phash scan --set one.phb --key one "$pictures/photo-1.jpg"
expect 2 phash scan --set two.phb --key one "$pictures/photo-1.jpg"

# An existing file is kept, the current key above all.
cp -p one copy
expect 2 phash key rotate --key one --out two
expect 2 phash key rotate --key one --out one
same one copy

# Sealed to sealed, under the same passphrase, or under another one.
expect 0 phash key new --quiet --seal --passphrase-file words --out sealed
expect 0 phash key rotate --quiet --key sealed --passphrase-file words --out next
is "$(wc -l <out)" 1 "lines with --quiet"
expect 0 phash key show --passphrase-file words next
expect 0 phash key rotate --key sealed --passphrase-file words --new-passphrase-file others --out third
expect 0 phash key show --passphrase-file others third
expect 0 phash key rotate --key one --new-passphrase-file others --out fourth
expect 0 phash key show --passphrase-file others fourth

# Who cannot open the current key gets no next one: a mistyped passphrase would go unnoticed.
expect 2 phash key rotate --key sealed --passphrase-file others --out fifth
expect 2 phash key rotate --key sealed --passphrase-file others --new-passphrase-file words --out fifth
expect 2 phash key rotate --key nowhere --out fifth
[ ! -e fifth ] || fail "a key was written"
for arguments in '' '--key one' '--out fifth' '--key one --out fifth more' '--key one --key two --out fifth'; do
    # shellcheck disable=SC2086 # several words
    expect 64 phash key rotate $arguments
done

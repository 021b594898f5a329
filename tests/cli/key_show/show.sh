#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a key file says of itself: everything but its secret.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

printf 'a passphrase of this test\n' >words
chmod 600 words
expect 0 phash key new --out plain
id=$(sed 's/.* //' out)
expect 0 phash key show plain
has out "^  id        $id\$"
has out "^  public    $(sed -n 's/^public //p' plain)\$"
has out '^  sealed    no$'
has out '^  created   not recorded$'
has out '^  verified  yes$'
lacks out "$(sed -n 's/^secret //p' plain)"
expect 0 phash key seal --key plain --out sealed --new-passphrase-file words
expect 0 phash key show plain sealed
is "$(grep -c "^  id        $id\$" out)" 2 "the same key twice"
has out '^  sealed    yes: scrypt with 128 MiB, AES-256-GCM$'
has out '^  verified  no: its passphrase was not given$'
has out '^  created   20[0-9-]{8}T[0-9:]{8}Z$'
expect 0 phash key show --passphrase-file words sealed
has out '^  verified  yes$'

# Nothing about one that cannot be read; the others are shown.
sed 's/^id ./id x/' sealed >damaged
chmod 600 damaged
expect 2 phash key show damaged plain
has err 'damaged: the sealed key is damaged'
has out "^  id        $id\$"
printf 'another passphrase\n' >words
expect 2 phash key show --passphrase-file words sealed
is_empty out
chmod 644 plain
expect 2 phash key show plain
has err 'others may'
expect 64 phash key show

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The same key under a passphrase, and under another one.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

printf 'a passphrase of this test\n' >words
printf 'another passphrase\n' >others
printf 'short\n' >short
chmod 600 words others short
expect 0 phash key new --out plain
id=$(sed 's/.* //' out)
expect 0 phash key seal --key plain --new-passphrase-file words --out sealed
is "$(cat out)" "sealed: key $id"
is "$(stat -c %a sealed)" 600 "mode of the key file"
expect 0 phash key seal --quiet --key sealed --passphrase-file words --new-passphrase-file others --out again
is_empty out
expect 0 phash key show --passphrase-file others again
has out "^  id        $id\$"
expect 2 phash key show --passphrase-file words again
expect 2 phash key seal --key sealed --passphrase-file others --new-passphrase-file others --out more
expect 2 phash key seal --key plain --new-passphrase-file short --out more
has err 'at least 8 bytes'
[ ! -e more ] || fail "a key was written"
cp -p plain copy
expect 2 phash key seal --key plain --new-passphrase-file words --out plain
same plain copy
for arguments in '' '--key plain' '--out more' '--key plain --out more plain'; do
    # shellcheck disable=SC2086 # several words
    expect 64 phash key seal $arguments
done

# A user without privileges: no core dumps does not mean no files.
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
    mkdir elsewhere
    chown 65534 elsewhere
    chmod 711 .
    expect 0 setpriv --reuid 65534 --regid 65534 --clear-groups "$program" key new --out elsewhere/key
    is "$(stat -c %u:%a elsewhere/key)" 65534:600 "owner and mode"
fi

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Output that cannot be written is never success.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

make_list list photo-1.jpg
expect 0 phash key new --quiet --out key
expect 0 phash set build --quiet --key key --out set.phb list
h=$(head -c 64 list)
photo=$pictures/photo-1.jpg

lost() {
    local got=0
    "$program" "$@" >/dev/full 2>err || got=$?
    is "$got" 2 "exit status with a full stdout of: $*"
    has err 'cannot write the output'
    got=0
    "$program" "$@" >&- 2>err || got=$?
    is "$got" 2 "exit status with a closed stdout of: $*"
}

if [ -c /dev/full ]; then
    lost --help
    lost --version
    lost hash --help
    lost hash "$photo"
    lost hash --format jsonl "$photo"
    lost compare "$h" "$h"
    lost match --list list list
    lost scan --list list "$photo"
    lost scan --list list --format jsonl "$photo"
    lost scan --list list --format csv "$photo"
    lost scan --set set.phb --key key "$photo"
    lost set inspect set.phb
    lost set inspect --format jsonl set.phb
    lost set build --key key --out built.phb list
    lost key new --out other-key-$RANDOM
    # An endless input does not keep a program alive that nobody can hear.
    got=0
    yes "$h" | timeout 60 "$program" match --list list >/dev/full 2>err || got=$?
    is "$got" 2 "exit status of match with endless input"
    got=0
    yes "$photo" | timeout 60 "$program" scan --list list --files-from - >/dev/full 2>err || got=$?
    is "$got" 2 "exit status of scan with endless input"
    got=0
    yes "$photo" | timeout 60 "$program" hash --files-from - >/dev/full 2>err || got=$?
    is "$got" 2 "exit status of hash with endless input"
fi

# With stdout and stderr closed nothing is written into the files that are opened in their place.
cp set.phb before
expect 0 phash set build --quiet --key key --out set.phb --created 2026-01-01 list
cp set.phb quiet.phb
"$program" set build --key key --out closed.phb --name set --created 2026-01-01 list >&- 2>&- || :
same closed.phb quiet.phb
"$program" key new --out closed-key >&- 2>&- || :
expect 0 phash set build --quiet --key closed-key --out other.phb list

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What is called wrongly: exit status 64, nothing on stdout, a pointer to --help.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

make_list list photo-1.jpg
expect 0 phash key new --quiet --out key
expect 0 phash set build --quiet --key key --out set.phb list
h=$(head -c 64 list)

wrong() {
    expect 64 phash "$@"
    is_empty out
    has err "^(Try: phash.*--help|Usage: phash)"
}

wrong
wrong nonsense
wrong ''
wrong --nonsense
wrong set
wrong set nonsense
wrong key
wrong key old

wrong hash
wrong hash --nonsense x
wrong hash -x x
wrong hash --format
wrong hash --format human x
wrong hash --format '' x
wrong hash --format JSONL x
wrong hash --orientation sideways x
wrong hash --orientation both x
wrong hash --alpha grey x
for word in '' grey EXACT exactly 'luma '; do
    wrong hash --pipeline "$word" x
    wrong compare --pipeline "$word" "$h" "$h"
    wrong scan --list list --pipeline "$word" x
done
for word in '' some NONE flip alls; do
    wrong compare --views "$word" "$h" "$h"
    wrong scan --list list --views "$word" x
done
wrong hash --views all x
wrong match --list list --views all
wrong hash --quiet=yes x
wrong hash --files-from a --files-from b
for number in 0 -1 +1 1.5 1x x '' ' 1' 0x1 1025 99999999999999999999; do
    wrong hash --jobs "$number" x
    wrong scan --list list --jobs "$number" x
done

wrong compare
wrong compare "$h"
wrong compare "$h" "$h" "$h"
wrong compare --files-from list "$h" "$h"
wrong compare --jobs 2 "$h" "$h"
wrong compare --orientation up "$h" "$h"
wrong compare --nonsense "$h" "$h"

wrong match
wrong match list
wrong match --list
wrong match --list list a b
wrong match --list list --format yaml
wrong match --list list --nonsense
wrong match --list list --jobs 2
for number in -1 64 256 31.0 x '' 18446744073709551616; do
    wrong match --list list --radius "$number"
    wrong scan --list list --radius "$number" x
    wrong set build --key key --out new.phb --radius "$number" list
    wrong match --list list --list-radius "list=$number"
    wrong scan --list list --list-radius "list=$number" x
    wrong set build --key key --out new.phb --list-radius "list=$number" list
done
for value in list 31 =31 list=31= other=31 ./list=31 lis=31 list= 'list=31 '; do
    wrong match --list list --list-radius "$value"
    wrong scan --list list --list-radius "$value" x
    wrong set build --key key --out new.phb --list-radius "$value" list
done
wrong match --list list --list-radius list=20 --list-radius list=20
wrong set build --key key --out new.phb --list-radius list=20 --list-radius list=21 list
wrong scan --set set.phb --key key --list-radius list=20 x

wrong scan
wrong scan x
wrong scan --list list
wrong scan --set set.phb --key key
wrong scan --set set.phb x
wrong scan --key key x
wrong scan --key key --list list x
wrong scan --list list --set set.phb --key key x
wrong scan --set set.phb --set set.phb --key key x
wrong scan --set set.phb --key key --key key x
wrong scan --list list --files-from a --files-from b
wrong scan --list list --format xml x
wrong scan --list list --orientation none x
wrong scan --list list --nonsense x
# A wrong call is told before a list is looked for.
wrong scan --list no-such-list
wrong scan --list no-such-list --nonsense x
wrong match --list no-such-list --radius 99

wrong set build
wrong set build list
wrong set build --key key list
wrong set build --out new.phb list
wrong set build --key key --out new.phb
wrong set build --key key --key key --out new.phb list
wrong set build --key key --out new.phb --out newer.phb list
wrong set build --key key --out new.phb --bands 5 list
wrong set build --key key --out new.phb --bands 9 list
wrong set build --key key --out new.phb --budget 63 list
wrong set build --key key --out new.phb --budget 1025 list
wrong set build --key key --out new.phb --sequence -1 list
wrong set build --key key --out new.phb --nonsense list
for date in '' today 2026 2026-13-01 2026-02-30 2026-1-1 '2026-01-01 ' 20260101 2026-01-01T00:00:00 \
    2026-01-01T25:00:00Z 1960-01-01; do
    wrong set build --key key --out new.phb --created "$date" list
    wrong set build --key key --out new.phb --not-after "$date" list
done
export SOURCE_DATE_EPOCH=yesterday
wrong set build --key key --out new.phb list
unset SOURCE_DATE_EPOCH
[ ! -e new.phb ] || fail "a wrong call wrote a set"

wrong set inspect
wrong set inspect set.phb set.phb
wrong set inspect --format csv set.phb
wrong set inspect --nonsense set.phb

wrong key new
wrong key new file
wrong key new --out a --out b
wrong key new --out a b
wrong key new --nonsense
[ ! -e a ] || fail "a wrong call wrote a key"

# A message about an argument shows no control characters.
expect 64 phash hash --jobs $'1\e[31m' x
lacks err $'\e'

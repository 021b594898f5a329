#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Rows that cannot be read are told and left out: exit status 2, but the set is built.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

make_list good.csv photo-1.jpg photo-2.jpg
{
    head -n 1 good.csv
    echo 'no hash'
    echo 'd41d8cd98f00b204e9800998ecf8427e,md5.jpg'
    tail -n 1 good.csv
    printf '# a comment\n\n'
} >some_bad.csv
expect 0 phash key new --quiet --out key
expect 2 phash set build --key key --out set.phb --created 2026-01-01 some_bad.csv
has err '^phash set build: some_bad.csv, line 2: '
has err '^phash set build: some_bad.csv, line 3: .*MD5'
has err '^phash set build: some_bad.csv: 2 of 4 rows could not be read and are left out$'
has err '^phash set build: set.phb is built, but 2 list rows are not in it$'
has out '^set.phb: 2 entries, [0-9]+ bytes \([0-9]+ an entry\), 12 tokens$'
expect 1 phash scan --set set.phb --key key "$pictures/quality30-1.jpg" "$pictures/half-2.jpg"
has out '^2 inputs: 2 match'

# What is left is the set of the good rows.
mkdir sub
cp good.csv sub/some_bad.csv
expect 0 phash set build --quiet --key key --out sub.phb --name set --created 2026-01-01 sub/some_bad.csv
same sub.phb set.phb

# Many bad rows: ten are shown, all are counted.
{
    cat good.csv
    for i in $(seq 25); do echo "bad row $i"; done
} >many.csv
expect 2 phash set build --quiet --key key --out set.phb many.csv
is "$(grep -c ', line ' err)" 10 "bad rows shown"
has err '15 more rows like these'
has err '25 of 27 rows'

# No good row at all is no list.
for list in /dev/null bad.csv; do
    echo 'no hash' >bad.csv
    expect 2 phash set build --quiet --key key --out none.phb $list good.csv
    [ ! -e none.phb ] || fail "a set was built though $list holds nothing"
done

# Exact duplicates are left out and counted; the same hash under two labels is kept.
h=$(head -c 64 good.csv)
printf '%s,100,a\n%s,100,a\n%s,100,b\n' "$h" "$h" "$h" >twice.csv
expect 0 phash set build --key key --out set.phb twice.csv
has out '^set.phb: 2 entries, .*, 6 tokens, 1 duplicates left out$'

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The parameters of a set are in it, as set inspect tells them.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

mkdir -p secret/place
make_list secret/place/one.csv photo-1.jpg photo-2.jpg
make_list $'t\xffwo,"2".csv' photo-3.jpg
expect 0 phash key new --out key
id=$(sed 's/.*key //' out)

# inspect FILE MEMBER=VALUE...
inspect() {
    expect 0 phash set inspect --format jsonl "$1"
    mv out inspected
    shift
    py_with "$@" <<'PYTHON'
import json, sys
from records import check, json_lines
records = json_lines("inspected")
check(len(records) == 1 and records[0]["type"] == "set", records)
for want in sys.argv[1:]:
    member, value = want.split("=", 1)
    check(records[0][member] == json.loads(value), member, "of", records[0], "instead of", value)
PYTHON
}

before=$(date +%s)
expect 0 phash set build --quiet --key key --out secret/place/my.set.phb secret/place/one.csv
inspect secret/place/my.set.phb 'name="my.set"' sequence=1 not_after=0 bands=6 budget=256 entries=2 format=1 \
    sound=true "key_id=\"$id\"" 'lists=[{"name":"one.csv","entries":2,"radius":31}]' 'signatures=[]' \
    'rules=""' previous=null \
    "file_size=$(wc -c <secret/place/my.set.phb)"
created=$(sed 's/.*"created":\([0-9]*\).*/\1/' inspected)
if [ "$created" -lt "$before" ] || [ "$created" -gt "$(date +%s)" ]; then fail "created $created"; fi
if grep -aq secret secret/place/my.set.phb; then fail "the set tells where the list lay"; fi

expect 0 phash set build --quiet --key key --out set.phb --name 'A name, "quoted"' --bands 8 --budget 64 --sequence 7 \
    --radius 40 --rules 'in at least "two" lists' \
    --created 2026-02-28 --not-after 2100-02-28T23:59:59Z secret/place/one.csv $'t\xffwo,"2".csv'
inspect set.phb 'name="A name, \"quoted\""' sequence=7 created=1772236800 not_after=4107542399 bands=8 budget=64 \
    entries=3 'rules="in at least \"two\" lists"' 'lists=[{"name":"one.csv","entries":2,"radius":40},
        {"name":"t\ufffdwo,\"2\".csv","name_bytes":"dP93bywiMiIuY3N2","entries":1,"radius":40}]'
expect 0 phash set inspect set.phb
has out '^name          A name, "quoted"$'
has out '^created       2026-02-28T00:00:00Z$'
has out '^not after     2100-02-28T23:59:59Z$'
has out '^list          t\\xffwo,"2".csv, 1 entries, radius 40$'
has out '^rules         in at least "two" lists$'

# The largest and the smallest.
expect 0 phash set build --quiet --key key --out set.phb --bands 7 --budget 1024 --sequence 18446744073709551615 \
    --radius 63 --created 2000-01-01 secret/place/one.csv
inspect set.phb sequence=18446744073709551615 bands=7 budget=1024 created=946684800

# The radius is that of every entry.
expect 0 phash set build --quiet --key key --budget 64 --out set.phb --radius 0 secret/place/one.csv
expect 0 phash scan --set set.phb --key key "$pictures/half-1.jpg"
expect 1 phash scan --set set.phb --key key "$pictures/photo-1.jpg"

# An edition after another: the number follows, the digest is named; the body is the same, for the entries are.
expect 0 phash set build --quiet --key key --out first.phb --name chain --created 2026-01-01 secret/place/one.csv
inspect first.phb sequence=1 previous=null
digest=$(sed -E 's/.*"digest":"(sha256:[0-9a-f]{64})".*/\1/' inspected)
expect 0 phash set build --quiet --key key --out second.phb --name chain --created 2026-02-01 --previous first.phb \
    secret/place/one.csv
inspect second.phb sequence=2 "previous=\"$digest\""
cmp -s <(head -c -4096 first.phb | tail -c +4097) <(head -c -4096 second.phb | tail -c +4097) ||
    fail "other bodies for the same entries"
expect 0 phash set inspect second.phb
has out "^previous      $digest\$"
expect 0 phash set build --quiet --key key --out third.phb --name chain --previous second.phb --sequence 3 \
    secret/place/one.csv
inspect third.phb sequence=3
expect 2 phash set build --quiet --key key --out bad.phb --name chain --previous second.phb --sequence 4 \
    secret/place/one.csv
has err 'sequence 4 does not follow 2'
expect 2 phash set build --quiet --key key --out bad.phb --name other --previous second.phb secret/place/one.csv
has err 'the previous edition is of another set'
expect 2 phash set build --quiet --key key --out second.phb --name chain --previous second.phb secret/place/one.csv
has err 'is read for this set'
expect 2 phash set build --quiet --key key --out bad.phb --name chain --previous key secret/place/one.csv
expect 2 phash set build --quiet --key key --out bad.phb --rules "$(printf '%0256d' 0)" secret/place/one.csv
expect 2 phash set build --quiet --key key --out bad.phb --rules $'two\nlines' secret/place/one.csv
[ ! -e bad.phb ] || fail "a set was built that should not be"
# Several lists: their order on the command line does not matter, nor does one that is named twice.
expect 0 phash set build --quiet --key key --out ab.phb --name ab --created 2026-01-01 secret/place/one.csv \
    $'t\xffwo,"2".csv'
expect 0 phash set build --quiet --key key --out ba.phb --name ab --created 2026-01-01 $'t\xffwo,"2".csv' \
    secret/place/one.csv secret/place/one.csv
same ab.phb ba.phb

# Names that no manifest can hold.
for name in '' $'a\tb' $'\xff' "$(printf '%065d' 0)"; do
    expect 2 phash set build --quiet --key key --out bad.phb --name "$name" secret/place/one.csv
    [ ! -e bad.phb ] || fail "a set with a bad name was built"
done
cp secret/place/one.csv $'t\e[31mwo\n.csv'
expect 2 phash set build --quiet --key key --out bad.phb $'t\e[31mwo\n.csv'
[ ! -e bad.phb ] || fail "a set with a bad name of a list was built"
has err 'control character'
lacks err $'\e'

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The same lists, key and parameters give the same file; another key gives one that has nothing in common.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

random_hashes 150 7 >a.csv
random_hashes 50 8 >b.csv
expect 0 phash key new --quiet --out key
expect 0 phash key new --quiet --out other-key
build() {
    local out=$1
    shift
    expect 0 phash set build --quiet --out "$out" --created 2026-01-02T03:04:05Z --name same "$@"
    is_empty out
    is_empty err
}
build one.phb --key key a.csv b.csv
build again.phb --key key a.csv b.csv
same again.phb one.phb
# Where a list lies, how it is written and in which order its rows stand does not matter.
mkdir -p else/where
tac a.csv | sed 's/,/,100,/' >else/where/a.csv
tr a-f A-F <b.csv | sed 's/ENTRY/entry/; s/EnTRy/entry/; s/,.*//' >capitals
paste -d , capitals <(cut -d , -f 2- b.csv) >else/where/b.csv
build moved.phb --key key else/where/a.csv else/where/b.csv
same moved.phb one.phb
# The date may come from the environment.
SOURCE_DATE_EPOCH=1767323045 expect 0 phash set build --quiet --out epoch.phb --name same --key key a.csv b.csv
same epoch.phb one.phb
# An existing set is replaced.
cp a.csv replaced.phb
build replaced.phb --key key a.csv b.csv
same replaced.phb one.phb

build other.phb --key other-key a.csv b.csv
is "$(wc -c <other.phb)" "$(wc -c <one.phb)" "size under another key"
py <<'PYTHON'
from records import check
a, b = open("one.phb", "rb").read(), open("other.phb", "rb").read()
# Between the manifest and the last block, which is filled up with zeros, all is random: one byte of 256 agrees.
start, end = 4096, len(a) - 4096
n = end - start
equal = sum(x == y for x, y in zip(a[start:end], b[start:end]))
check(n > 20000, "size", len(a))
check(equal < n / 256 * 1.5 + 64, "bytes in common:", equal, "of", n)
# Neither labels nor hashes can be read in the set.
rows = [line.split(b",") for line in open("a.csv", "rb").read().splitlines()]
for h, label in rows:
    for part in (h, bytes.fromhex(h.decode()), bytes.fromhex(h.decode())[:8], label):
        check(part not in a, "in the set:", part)
PYTHON

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The chain of editions: links, gaps, forks.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

make_signers
random_hashes 20 24 >list.csv
random_hashes 25 24 >more.csv
expect 0 phash key new --quiet --out key
build() {
    expect 0 phash set build --quiet --key key --budget 64 --created 2026-01-01 "$@"
}
build --out 1.phb --name known list.csv
build --out 2.phb --previous 1.phb list.csv
build --out 3.phb --previous 2.phb more.csv
build --out 4.phb --previous 3.phb more.csv
expect 0 phash set inspect --format jsonl 4.phb
has out '"name":"known",.*"sequence":4,'
expect 0 phash set sign --quiet --signing-key secret-1.pem 2.phb
for i in 1 2; do
    expect 0 phash set sign --quiet --signing-key secret-$i.pem 3.phb
done

# In order, whatever the order of the files.
expect 0 phash set log 1.phb 2.phb 3.phb 4.phb
is_empty err
mv out straight
is "$(grep -c '^ *[1-4]  2026-01-01T00:00:00Z  2[05] entries  sha256:' straight)" 4 "editions"
has straight '^set known, id [0-9a-f]{32}$'
has straight '^        the first edition; 0 signatures$'
has straight '^        follows 1; 1 signature, verified$'
has straight '^        follows 2; 2 signatures, all verified$'
has straight '^        follows 3; 0 signatures$'
expect 0 phash set log 3.phb 1.phb 4.phb 2.phb
same out straight
expect 0 phash set log 3.phb 4.phb
has out '^        begins here: what it follows is not among the files;'

expect 2 phash set log 1.phb 2.phb 4.phb
has out '^        GAP: no file of edition 3, so its link is not verified;'
lacks out 'FORK'
expect 0 phash set log 1.phb 1.phb 2.phb
has out '^        the same edition again;'
has out '^        follows 1;'

# History rewritten: another third edition, which the fourth does not follow.
build --out other3.phb --previous 2.phb list.csv
expect 2 phash set log 1.phb 2.phb other3.phb 4.phb
has out '^        FORK: does not follow edition 3;'
expect 2 phash set log 1.phb 2.phb 3.phb other3.phb 4.phb
has out '^        FORK: another edition with the number 3; follows 2;'
has out '^        follows 3;'
is "$(grep -c FORK out)" 1 "forks"
build --out orphan.phb --name known --sequence 2 list.csv
expect 2 phash set log 1.phb orphan.phb
has out '^        FORK: does not follow edition 1;'

# Two sets are told one after the other.
build --out foreign.phb --name foreign list.csv
expect 0 phash set log 1.phb foreign.phb 2.phb
is "$(grep -c '^set ' out)" 2 "sets"
has out '^set foreign, id '
has out '^        follows 1;'

# A forged signature, a file that is none.
cp 2.phb forged.phb
size=$(od -An -tu4 -j12 -N4 2.phb | tr -d ' ')
printf 'x' | dd of=forged.phb bs=1 seek=$((48 + size + 2 + 50)) conv=notrunc status=none
expect 2 phash set log 1.phb forged.phb
has out '^        follows 1; 1 signature, 1 DO NOT VERIFY$'
has err 'forged\.phb: the signature of d75a9801\.\.\. does not verify'
expect 2 phash set log 1.phb list.csv 2.phb
has err 'list\.csv: not a blinded set'
has out '^        follows 1;'
expect 64 phash set log
expect 64 phash set log --no-such 1.phb

# What set build --previous refuses.
expect 2 phash set build --key key --budget 64 --out x.phb --previous 2.phb --name other list.csv
has err 'the previous edition is of another set'
expect 2 phash set build --key key --budget 64 --out x.phb --previous 2.phb --sequence 4 list.csv
has err 'sequence 4 does not follow 2'
expect 0 phash key new --quiet --out key2
expect 2 phash set build --key key2 --budget 64 --out x.phb --previous 2.phb list.csv
has err "the previous edition is of another set: 'known', or another evaluator key"
expect 2 phash set build --key key --budget 64 --out 2.phb --previous 2.phb list.csv
has err '2\.phb: is read for this set and cannot be its output'
expect 2 phash set build --key key --budget 64 --out x.phb --previous list.csv list.csv
has err 'list\.csv: not a blinded set'
[ ! -e x.phb ] || fail "a set was written"

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Any number of threads: the same lines in the same order.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

for i in 1 2 3 4 5 6 7 8; do
    echo "$pictures/photo-1.jpg"
    echo "$pictures/flat.png"
    echo "no-such-file-$i"
    echo "$pictures/half-2.jpg"
    echo "$pictures/tiny.png"
    echo "$pictures/quality30-3.jpg"
done >names
expect 2 phash hash --jobs 1 --files-from names
mv out one
mv err one.err
is "$(wc -l <one)" 48 "lines"
for jobs in 2 4 64; do
    expect 2 phash hash --jobs $jobs --files-from names
    same out one
    same err one.err
done
expect 2 phash hash --files-from names
same out one
expect 2 phash hash --jobs 1 --format jsonl --dihedral --orientation both --files-from names
mv out one
expect 2 phash hash --jobs 4 --format jsonl --dihedral --orientation both --files-from names
same out one

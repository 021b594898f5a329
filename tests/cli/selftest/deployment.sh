#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The built-in picture: checks, and a deployment tried with it from end to end.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

expect 0 phash selftest
is_empty err
is "$(tail -n 1 out)" 'all is well' "the last line"
is "$(grep -c '^ok    ' out)" "$(($(wc -l <out) - 1))" "checks"
lacks out ' $'
for check in decode hash list plain key set private; do has out "^ok    $check: "; done
is "$(echo *)" 'err out' "files"
expect 0 phash selftest --quiet
is_empty out

expect 0 phash selftest --write trial
expect 0 phash selftest --quiet --write trial
is "$(cd trial && echo *)" 'phash-test.csv phash-test.png' "files written"
# The list is what phash hash says, under a label of class test, with every pipeline.
for pipeline in exact luma scaled; do
    (cd trial && "$program" hash --pipeline $pipeline phash-test.png) | sed 's/,phash-test/,test:phash-test/' >line
    same line trial/phash-test.csv
done
expect 1 phash scan --format jsonl --list trial/phash-test.csv trial/phash-test.png
has out '"distance":0,.*"entry":"test:phash-test.png","class":"test","view":"original"'
expect 0 phash key new --quiet --out key
expect 0 phash set build --quiet --key key --out set.phb trial/phash-test.csv
expect 1 phash scan --format jsonl --set set.phb --key key trial/phash-test.png
has out '"distance":0,.*"entry":"test:phash-test.png","class":"test","view":"original"'

# Only labels that begin so are of class test; each entry says it for itself.
h=$(head -c 64 trial/phash-test.csv)
for label in other testing 'a test:b' 'Test:b' test ''; do
    printf '%s,100,%s\n' "$h" "$label" >list
    expect 1 phash scan --format jsonl --list list trial/phash-test.png
    lacks out '"class"'
done
expect 1 phash scan --format jsonl --list list --list trial/phash-test.csv trial/phash-test.png
has out '"matches":\[\{.*"class":"test"'
is "$(grep -o '"class"' out | wc -l)" 1 "entries of class test"

if [ -c /dev/full ]; then
    got=0
    "$program" selftest >/dev/full 2>err || got=$?
    is "$got" 2 "exit status with a full stdout"
fi
: >file
expect 2 phash selftest --write file
expect 2 phash selftest --write no/such/folder
expect 64 phash selftest --write a --write b
expect 64 phash selftest argument

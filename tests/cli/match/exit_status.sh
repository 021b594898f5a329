#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# 0 nothing matched, 1 matched, 2 trouble; 2 wins.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

random_hashes 50 1 >list
random_hashes 50 2 >others
head -n 3 list >listed
cat others listed >mixed
echo 'no hash' >bad
echo "$(head -c 64 list),10,flat.jpg" >low
cat list bad >list_with_bad_row

match() {
    local want=$1
    shift
    expect "$want" phash match "$@"
    py <<'PYTHON'
from records import read_run
read_run("out", "hash")
PYTHON
}

match 0 --list list others
is_empty err
match 1 --list list listed
is_empty err
match 1 --list list mixed
match 2 --list list bad
match 2 --list list low
cat listed bad >both
match 2 --list list both
has out '"status":"match"'
cat listed low >both
match 2 --list list both
has out '"status":"match"'
has out '"reason":"low_quality"'
match 0 --list list /dev/null
# A list with bad rows protects less than its maker meant: never 0 or 1.
match 2 --list list_with_bad_row others
has err 'list_with_bad_row, line 51: '
has out '"list_bad_rows":1'
match 2 --list list_with_bad_row listed
has out '"status":"match"'
# The widest distance that counts.
h=$(head -c 64 list)
c=$(printf %s "${h:0:1}" | tr 0123456789abcdef 1032547698badcfe) # its lowest bit turned
echo "$c${h:1}" >bit
match 0 --list list --radius 0 bit
match 1 --list list --radius 1 bit
match 1 --list list bit
has out '"distance":1,"list":"list","entry":"entry 0","view":"original"'

# Lists that are not there or hold nothing: no record at all.
: >empty
printf '# a comment\n\nhash,quality,path\n' >only_header
for list in no-such-list . empty only_header bad; do
    expect 2 phash match --list $list listed
    is_empty out
    has err "^phash match: $list"
    expect 2 phash match --list list --list $list listed
    is_empty out
done
# Queries that cannot be read.
expect 2 phash match --list list no-such-file
has err 'no-such-file: cannot open'
expect 2 phash match --list list .
has err 'cannot read'
if [ "$(id -u)" -ne 0 ]; then
    cp list secret
    chmod 000 secret
    expect 2 phash match --list secret listed
    is_empty out
fi

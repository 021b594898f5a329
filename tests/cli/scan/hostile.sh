#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A folder of hostile things: each gives one line with its reason, and the rest of the folder is scanned.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

make_list list photo-1.jpg
expect 0 phash key new --quiet --out key
expect 0 phash set build --quiet --key key --budget 64 --out set.phb list
mkdir -p folder/locked folder/open
head -c 9000 "$pictures/half-1.jpg" >folder/01-truncated.jpg
: >folder/02-empty.jpg
echo 'Dear Sir or Madam' >folder/03-text.jpg
cp "$pictures/bomb.png" folder/04-bomb.png
# A JPEG within a BMP.
printf 'BM\0\0\0\0\0\0\0\0\66\0\0\0\50\0\0\0\11\0\0\0\11\0\0\0\1\0\30\0\4\0\0\0%020d' 0 >folder/05-bmp.jpg
printf 'BM' >folder/06-two-bytes.bmp
printf '\377\330\377' >folder/07-three-bytes.jpg
head -c 40 "$pictures/rgb-3.png" >folder/08-header-only.png
{ # one bit of the pixels turned
    head -c 2000 "$pictures/rgb-3.png"
    head -c 2001 "$pictures/rgb-3.png" | tail -c 1 | tr '\0-\377' '\1-\377\0'
    tail -c +2002 "$pictures/rgb-3.png"
} >folder/09-corrupt.png
cp "$pictures/tiny.png" folder/10-tiny.png
cp "$pictures/flat.png" folder/11-flat.png
cp "$pictures/quality30-1.jpg" folder/12-locked.jpg
cp "$pictures/quality30-1.jpg" folder/locked/inside.jpg
cp "$pictures/quality30-1.jpg" folder/open/match.jpg
cp "$pictures/other-1.jpg" folder/open/other.jpg
chmod 000 folder/12-locked.jpg folder/locked

# The superuser may read everything, so the test becomes nobody.
as_nobody=
if [ "$(id -u)" -eq 0 ]; then
    command -v setpriv >/dev/null || skip "no setpriv, and running as root"
    as_nobody='setpriv --reuid=65534 --regid=65534 --clear-groups'
    cp "$program" phash
    chown -R 65534:65534 .
    chmod 755 . .. phash
    program=$PWD/phash
fi
cat >want <<END
folder/01-truncated.jpg indeterminate truncated
folder/02-empty.jpg indeterminate empty
folder/03-text.jpg indeterminate not_an_image
folder/04-bomb.png indeterminate too_large
folder/05-bmp.jpg indeterminate unsupported
folder/06-two-bytes.bmp indeterminate not_an_image
folder/07-three-bytes.jpg indeterminate truncated
folder/08-header-only.png indeterminate truncated
folder/09-corrupt.png indeterminate corrupt
folder/10-tiny.png indeterminate too_small
folder/11-flat.png indeterminate low_quality
folder/12-locked.jpg indeterminate unreadable
folder/locked indeterminate unreadable
folder/open/match.jpg match
folder/open/other.jpg clean
END
for mode in '--list list' '--set set.phb --key key'; do
    # shellcheck disable=SC2086 # several words
    expect 2 $as_nobody "$program" scan $mode --format jsonl folder
    is_empty err
    mv out jsonl
    py <<'PYTHON' >got
from records import read_run
for r in read_run("jsonl")[1]:
    print(r["path"], r["status"], *([r["reason"]] if "reason" in r else []))
PYTHON
    same got want
    # shellcheck disable=SC2086
    expect 2 $as_nobody "$program" scan $mode folder
    has out '^indeterminate folder/locked  \[unreadable: cannot list: Permission denied\]$'
    has out '^indeterminate folder/12-locked.jpg  \[unreadable: cannot open: Permission denied\]$'
    has out '^indeterminate folder/04-bomb.png  \[too_large: .*60000 x 60000.*\]$'
done
# Named instead of found.
# shellcheck disable=SC2086
expect 2 $as_nobody "$program" scan --list list folder/locked folder/12-locked.jpg folder/open/other.jpg
has out '^1?3 inputs: 0 match, 1 clean, 2 indeterminate$'
# A list and a key that may not be read.
chmod 000 list
# shellcheck disable=SC2086
expect 2 $as_nobody "$program" scan --list list folder/open
is_empty out
chmod 000 set.phb
# shellcheck disable=SC2086
expect 2 $as_nobody "$program" scan --set set.phb --key key folder/open
is_empty out

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What cannot be hashed: a line without hash, a message, exit status 2, and the others are hashed all the same.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

mkdir folder
head -c 9000 "$pictures/half-1.jpg" >folder/1-truncated.jpg
: >folder/2-empty.jpg
echo 'Dear Sir or Madam' >folder/3-text.jpg
cp "$pictures/bomb.png" folder/4-bomb.png
cp "$pictures/tiny.png" folder/5-tiny.png
# A JPEG within a BMP.
printf 'BM\0\0\0\0\0\0\0\0\66\0\0\0\50\0\0\0\11\0\0\0\11\0\0\0\1\0\30\0\4\0\0\0%020d' 0 >folder/6-bmp.jpg
head -c 5000 "$pictures/rgb-3.png" >folder/7-cut.png
cp "$pictures/half-2.jpg" folder/8-good.jpg

expect 2 phash hash folder no-such-file
for name in 1-truncated.jpg 2-empty.jpg 3-text.jpg 4-bomb.png 5-tiny.png 6-bmp.jpg 7-cut.png; do
    has out "^,,folder/$name\$"
    has err "^phash hash: folder/$name: [a-z_]+: "
done
has out '^,,no-such-file$'
has out '^[0-9a-f]{64},[0-9]+,folder/8-good.jpg$'
is "$(wc -l <out)" 9 "lines"
has err '1-truncated.jpg: truncated: '
has err '2-empty.jpg: empty: '
has err '3-text.jpg: not_an_image: '
has err '4-bomb.png: too_large: .*60000 x 60000'
has err '5-tiny.png: too_small: '
has err '6-bmp.jpg: unsupported: '
has err '7-cut.png: truncated: '
has err 'no-such-file: unreadable: '

expect 2 phash hash --dihedral folder/5-tiny.png
is "$(cat out)" ',,,,,,,,,folder/5-tiny.png' "dihedral line without hash"
expect 2 phash hash --format jsonl folder
has out '"path":"folder/4-bomb.png","hash":null,"quality":null,"reason":"too_large",.*"width":60000,"height":60000'
has out '"path":"folder/2-empty.jpg","hash":null,"quality":null,"reason":"empty"'
has out '"path":"folder/8-good.jpg","hash":"[0-9a-f]{64}"'

# Such a line in a list is a bad row, not an entry.
expect 2 phash hash folder
cp out list
expect 2 phash match --list list list
has err '^phash match: list: 7 of 8 rows could not be read'
has out '"matches":\[\]'

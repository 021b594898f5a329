#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Where paths come from: arguments, folders, lists of names.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

paths() {
    cut -d , -f 3- "$1"
}

mkdir -p folder/b folder/a/deep empty
cp "$pictures/half-1.jpg" folder/2.jpg
cp "$pictures/half-2.jpg" folder/10.jpg
cp "$pictures/half-3.jpg" folder/a/deep/x
cp "$pictures/half-4.jpg" folder/b/.hidden
cp "$pictures/half-5.jpg" folder/Z.png

# The form of a line.
expect 0 phash hash folder
is_empty err
is "$(grep -cE '^[0-9a-f]{64},[0-9]+,folder/' out)" 5 "well-formed lines"
is "$(wc -l <out)" 5 "lines"
# Folders to their end, names in byte order.
printf '%s\n' folder/10.jpg folder/2.jpg folder/Z.png folder/a/deep/x folder/b/.hidden >want
paths out >got
same want got
expect 0 phash hash folder/
paths out >got
same want got

# Arguments in their order, also twice.
expect 0 phash hash folder/b folder/2.jpg folder/a folder/2.jpg
paths out >got
printf '%s\n' folder/b/.hidden folder/2.jpg folder/a/deep/x folder/2.jpg >want
same want got

# Lists of names: after the arguments, blank lines skipped, a last line without its end.
printf 'folder/2.jpg\n\n\nfolder/a\nfolder/Z.png' >names
printf '%s\n' folder/10.jpg folder/2.jpg folder/a/deep/x folder/Z.png >want
expect 0 phash hash --files-from names folder/10.jpg
paths out >got
same want got
for dash in '--files-from -' --files-from=-; do
    # shellcheck disable=SC2086 # two words
    expect 0 phash hash folder/10.jpg $dash <names
    paths out >got
    same want got
done
tr '\n' '\0' <names >names0
expect 0 phash hash -0 --files-from - folder/10.jpg <names0
paths out >got
same want got
expect 0 phash hash --files-from names0 -0 folder/10.jpg
paths out >got
same want got
: >nothing
expect 0 phash hash --files-from nothing
is_empty out
expect 0 phash hash empty
is_empty out
expect 2 phash hash --files-from no-such-list
has err '--files-from no-such-list'
expect 2 phash hash --files-from empty

# Forgetting -0 must not leave all names but the first unread without a word.
expect 2 phash hash --files-from names0
is "$(wc -l <out)" 1 "lines"
has err 'holds a 0 byte'

# A name may begin with a dash, after --.
cp folder/2.jpg ./-0
expect 0 phash hash -- -0
has out ',-0$'

# Kinds are told apart by content.
cp "$pictures/rgb-3.png" looks-like.jpg
expect 0 phash hash --format jsonl looks-like.jpg folder/Z.png
has out '"path":"looks-like.jpg".*"kind":"PNG"'
has out '"path":"folder/Z.png".*"kind":"JPEG"'

# What is not a regular file below folders is passed over, and counted.
mkfifo folder/pipe
ln -s 2.jpg folder/link
ln -s . folder/loop
expect 0 phash hash folder
is "$(wc -l <out)" 5 "lines"
has err 'passed over: 2 symbolic links, 1 special files'
expect 0 phash hash --quiet folder
is_empty err
# Named, a link is followed and a fifo is refused, without waiting for a writer.
expect 0 phash hash folder/link
expect 2 timeout 60 "$program" hash folder/pipe
has out '^,,folder/pipe$'

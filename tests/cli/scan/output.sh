#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# --output and --errors: whole files or none; --errors feeds back; --errors-ok; colours; counts by reason; mismatch.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

make_list list photo-1.jpg
mkdir folder
cp "$pictures/quality30-1.jpg" folder/match.jpg
cp "$pictures/other-1.jpg" folder/clean.jpg
head -c 3000 "$pictures/photo-2.jpg" >folder/$'cut\n"\xff.jpg'
echo text >folder/text.jpg
: >folder/empty

only() { # no file but these is in this folder
    is "$(find . -maxdepth 1 -mindepth 1 -printf '%f\n' | sort | tr '\n' ' ')" \
        "$(printf '%s\n' "$@" | sort | tr '\n' ' ')" "files"
}

# The same bytes as on stdout, in every format, and nothing on stdout.
for format in human jsonl csv; do
    expect 2 phash scan --list list --format $format folder
    mv out want
    echo old >records
    expect 2 phash scan --list list --format $format -o records folder
    same records want
    is_empty out
    is_empty err
    expect 2 phash scan --list list --format $format --output=records --errors errors folder
    same records want
done
only list folder records want errors out err
is "$(stat -c %a records)" 644 "mode"

# What could not be judged, ended by 0 bytes, is judged again with --files-from; a repaired file is gone from it.
is "$(tr '\0\n' '|~' <errors | od -An -c | tr -d ' \n')" 'folder/cut~"377.jpg|folder/empty|folder/text.jpg|' "errors"
expect 2 phash scan --list list --files-from errors -0 --errors errors2
same errors errors2
cp "$pictures/photo-2.jpg" folder/$'cut\n"\xff.jpg'
expect 2 phash scan --list list --files-from errors2 -0 --errors errors2
is "$(tr '\0' '|' <errors2)" 'folder/empty|folder/text.jpg|' "errors that are left"
rm folder/empty folder/text.jpg
expect 1 phash scan --list list folder --errors errors2
is_empty errors2

# 0 or 1 although something could not be judged, and it is said. A list with bad rows is another matter.
echo text >folder/text.jpg
expect 1 phash scan --list list --errors-ok --format jsonl folder
has out '"indeterminate":1,.*"errors_ok":true\}$'
expect 0 phash scan --list list --errors-ok folder/clean.jpg folder/text.jpg
has out '^indeterminate: 1 not_an_image; they do not count in the exit status$'
expect 0 phash scan --list list --errors-ok --format csv folder/clean.jpg folder/text.jpg no-such-file
expect 0 phash scan --list list --format jsonl folder/clean.jpg
lacks out errors_ok
cat list - <<<'no hash' >bad
expect 2 phash scan --list bad --errors-ok folder

# Trouble leaves the old file as it is, and nothing beside it.
rm -f want errors errors2 records.*
echo old >records
refused() {
    expect 2 phash scan --list list -o records --errors records2 "$@"
    is_empty out
    is "$(cat records)" old "old file"
    only list bad folder records out err
}
refused --files-from no-such-list
has err '^phash scan: records is not written$'
refused --list no-such-list folder
refused --list bad --list no-such-list folder
expect 2 phash scan --list list -o no-such-folder/records folder
is_empty out
has err '^phash scan: no-such-folder/records: '
expect 2 phash scan --list list -o records --errors no-such-folder/errors folder
is_empty out
only list bad folder records out err
is "$(cat records)" old "old file"
# A full device.
for ((i = 0; i < 300; i++)); do echo "$PWD/folder/text.jpg"; done >many
if (ulimit -f 8 2>/dev/null); then
    got=0
    (
        trap '' XFSZ
        ulimit -f 8
        exec "$program" scan --no-sandbox --list list --format jsonl -o records --files-from many
    ) >out 2>err || got=$?
    is "$got" 2 "exit status with a file that may not grow"
    has err 'records: cannot write'
    is "$(cat records)" old "old file"
    only list bad folder records many out err
fi

wrong() {
    expect 64 phash scan --list list "$@" folder
    is_empty out
}
wrong -o
wrong -o ''
wrong -o -
wrong -o a -o b
wrong --errors -
wrong --errors a --errors b
wrong -o a --errors a
wrong --color blue

# Colours: only lines for people, only when asked for or on a terminal.
expect 2 phash scan --list list --color always folder
is "$(grep -c $'^\e\\[1;31mmatch         \e\\[0mfolder/match.jpg  dist' out)" 1 "coloured lines"
sed $'s/\e\\[[0-9;]*m//g' out >plain
for mode in '' '--color auto' '--color never'; do
    # shellcheck disable=SC2086 # several words
    expect 2 phash scan --list list $mode folder
    same out plain
done
expect 2 phash scan --list list --color always --format jsonl folder
lacks out $'\e'
expect 2 phash scan --list list --color always --format csv folder
lacks out $'\e'
if command -v script >/dev/null; then
    on_terminal() { # in a terminal of its own; options in $*
        TERM=xterm script -qec "'$program' scan --list list --quiet $* folder" /dev/null </dev/null >out || :
    }
    on_terminal
    has out $'\e\\[1;31mmatch'
    on_terminal --color never
    lacks out $'\e\\[1;31m'
    NO_COLOR=1 on_terminal
    lacks out $'\e\\[1;31m'
    NO_COLOR=1 on_terminal --color always
    has out $'\e\\[1;31mmatch'
    NO_COLOR='' on_terminal
    has out $'\e\\[1;31mmatch'
fi

# A name that promises another kind is told, in jsonl only.
mkdir names
for name in a.jpg b.JPEG c.png d.txt e .jpg f.tar.jpg g. h.webp 'i.jpg.bak'; do
    cp "$pictures/other-1.jpg" "names/$name"
done
echo text >names/text.gif
echo text >names/text.txt
cp "$pictures/grey-6.png" names/z.png
cp "$pictures/grey-6.png" names/.jpg
: >names/zero.png
expect 2 phash scan --list list --views none --format jsonl names no-such.png
is "$(sed -n '/"mismatch":true/s/.*"path":"names.\([^"]*\)".*/\1/p' out | tr '\n' ' ')" \
    'c.png d.txt h.webp i.jpg.bak text.gif ' "names that disagree"

# A long record is one write, so that those of several programs do not mix.
name=$(printf '\001%.0s' {1..250})
mkdir -p "$name/$name/$name/$name"
if command -v strace >/dev/null && strace -o /dev/null true 2>/dev/null; then
    strace -f -o trace -e trace=write "$program" scan --list list --format jsonl "$name/$name/$name/$name" \
        "$name/$name/$name/$name/x" >out 2>err || :
    is "$(grep -c 'write(1,' trace)" "$(wc -l <out)" "writes"
fi

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every input gives exactly one line; what is no input is passed over and counted.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

make_list list photo-1.jpg
expect 0 phash key new --quiet --out key
expect 0 phash set build --quiet --key key --budget 64 --out set.phb list
mkdir -p folder/sub elsewhere
cp "$pictures/quality30-1.jpg" elsewhere/match.jpg
cp "$pictures/half-2.jpg" folder/a.jpg
cp "$pictures/half-3.jpg" folder/sub/b.jpg
ln -s ../elsewhere/match.jpg folder/link.jpg
ln -s ../elsewhere folder/link
ln -s .. folder/sub/up
ln -s nowhere folder/dangling
mkfifo folder/fifo folder/sub/fifo
for mode in '--list list' '--set set.phb --key key'; do
    # shellcheck disable=SC2086 # several words
    expect 0 timeout 60 "$program" scan $mode --format jsonl folder
    has out '"summary","inputs":2,.*"skipped":\{"symlink":4,"special":2,"hard_links":0,.*"repeated":0\}'
    lacks out 'match.jpg'
    # shellcheck disable=SC2086
    expect 0 timeout 60 "$program" scan $mode folder
    has out 'passed over: 4 symbolic links, 2 special files$'
    # Named, a link is followed, and what is no file is told as such.
    # shellcheck disable=SC2086
    expect 1 phash scan $mode folder/link.jpg
    # shellcheck disable=SC2086
    expect 1 phash scan $mode folder/link
    # shellcheck disable=SC2086
    expect 2 timeout 60 "$program" scan $mode folder/fifo folder/dangling /dev/null
    is "$(grep -c '^indeterminate.*\[unreadable: ' out)" 3 "unreadable inputs"
done

# The same input again is another input; order is kept; any number of threads says the same.
expect 1 phash scan --list list --format jsonl folder/a.jpg folder elsewhere folder/a.jpg elsewhere/match.jpg
cp out one
for jobs in 1 3 16; do
    expect 1 phash scan --list list --format jsonl --jobs $jobs folder/a.jpg folder elsewhere folder/a.jpg \
        elsewhere/match.jpg
    same out one
done
py <<'PYTHON'
from records import check, read_run
paths = [r["path"] for r in read_run("one")[1]]
check(paths == ["folder/a.jpg", "folder/a.jpg", "folder/sub/b.jpg", "elsewhere/match.jpg", "folder/a.jpg",
                "elsewhere/match.jpg"], paths)
PYTHON
# A list of names with 0 bytes, read as lines, must not pass for a scan of all of them.
printf 'folder/a.jpg\0elsewhere/match.jpg\0' >names0
expect 2 phash scan --list list --files-from names0
has out '^indeterminate folder/a.jpg  \[unreadable: .*0 byte'
expect 1 phash scan --list list -0 --files-from names0
expect 1 phash scan --list list --files-from - -0 folder/a.jpg <names0
has out '^3 inputs: 1 match, 2 clean, 0 indeterminate$'

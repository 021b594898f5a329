#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Pictures in tar streams: the same records as for files, in every form of tar; nothing is passed over silently.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../examples/examples.sh
. "$(dirname "$0")/../examples/examples.sh"

make_folder
long=folder/$(printf 'a%.0s' {1..60})/$(printf 'b%.0s' {1..70})
mkdir -p "$long"
cp "$pictures/half-1.jpg" "$long/c"
: >folder/empty
ln -s empty folder/link
mkfifo folder/pipe
tar --version 2>/dev/null | grep -q GNU || skip "tar is not GNU tar"

expect 2 phash scan --format jsonl --list list folder
grep -v '"type":"\(header\|summary\)"' out >want
inputs=$(wc -l <want)
tail -n 1 out >summary
# Every form that holds such names, and every way to hand it over.
for form in gnu pax posix ustar oldgnu; do
    find folder -print0 | LC_ALL=C sort -z | tar --format=$form --no-recursion --null -T - -cf $form.tar
    expect 2 phash scan --format jsonl --list list --tar $form.tar
    tail -n 1 out >got
    same got summary
    grep -v '"type":"\(header\|summary\)"' out | sort >got
    sort want >sorted
    same got sorted
    for jobs in 1 3; do
        mv out before
        # shellcheck disable=SC2002 # a pipe is what is tried
        cat $form.tar | expect 2 phash scan --format jsonl --jobs $jobs --list list --tar -
        same out before
    done
done
# Shards of streams; hashes.
for i in 1 2 3; do
    "$program" scan --format jsonl --list list --tar pax.tar --shard $i/3 >part-$i || [ $? -le 2 ]
done
expect 0 phash merge part-1 part-2 part-3
same out before
"$program" hash --format jsonl folder 2>err | sort >want.hashes || true
"$program" hash --format jsonl --tar gnu.tar 2>err | sort >got || true
same got want.hashes

# The same file as input of three kinds, in order.
tar -cf one.tar folder/half-1-0.jpg
echo folder/half-2-0.jpg >names
expect 0 phash hash --tar one.tar --files-from names folder/half-3-0.jpg
is "$(cut -d , -f 3 out | tr '\n' ' ')" 'folder/half-3-0.jpg folder/half-2-0.jpg folder/half-1-0.jpg ' "order"

# A hard link in the stream is counted; a sparse file is an input that cannot be judged.
ln folder/half-1-0.jpg folder/hard
tar -cf links.tar folder/half-1-0.jpg folder/hard
expect 1 phash scan --format jsonl --list list --tar links.tar
has out '"inputs":1,.*"skipped":\{"symlink":0,"special":0,"hard_links":1,'
truncate -s 1M sparse
cat folder/half-1-0.jpg >>sparse
for i in 2 3 4 5 6 7 8 9; do # more pieces than a header has room for
    truncate -s ${i}M sparse
    echo piece >>sparse
done
for form in gnu posix; do
    tar --format=$form -S -cf sparse.tar sparse folder/half-2-0.jpg
    expect 2 phash scan --format jsonl --list list --tar sparse.tar
    has out '"path":"sparse","status":"indeterminate","reason":"unsupported"'
    has out '"path":"folder/half-2-0.jpg","status":"match"'
    has out '"inputs":2,'
done

# Cut at any place: the files before are judged, and the end is told. One input a file, and at most one more.
tar -cf small.tar folder/half-1-0.jpg folder/empty folder/half-2-0.jpg
size=$(wc -c <small.tar)
first=$(($(wc -c <folder/half-1-0.jpg) / 512 * 512 + 1024))
data_end=$((512 + $(wc -c <folder/half-1-0.jpg)))
for keep in 0 1 511 512 513 5000 $((data_end - 1)) "$data_end" $((first - 1)) "$first" $((first + 100)) \
    $((first + 512)) $((first + 600)) $((first + 1500)) $((first + 5000)); do
    head -c "$keep" small.tar >cut.tar
    expect 2 phash scan --format jsonl --list list --tar cut.tar
    has out '"reason":"(truncated|corrupt)"'
    has out '"type":"summary"'
    complete=$(((keep >= data_end ? 1 : 0) + (keep >= first + 512 ? 1 : 0)))
    is "$(grep -c '"type":"result"' out)" $((complete + 1)) "records of a stream cut at $keep"
done
head -c 5000 small.tar >cut.tar
expect 2 phash scan --format jsonl --list list --tar cut.tar
has out '"path":"folder/half-1-0.jpg","status":"indeterminate","reason":"truncated"'
head -c "$first" small.tar >cut.tar
expect 2 phash scan --format jsonl --list list --tar cut.tar
has out '"path":"cut.tar","status":"indeterminate","reason":"truncated","detail":".*without its end mark"'
# Damage of a header; something behind the end; no tar at all; no file at all.
for at in 0 100 124 150 257; do
    cp small.tar bad.tar
    printf '\377' | dd of=bad.tar bs=1 seek=$((first + at)) conv=notrunc status=none
    expect 2 phash scan --format jsonl --list list --tar bad.tar
    has out '"path":"folder/half-1-0.jpg","status":"match"'
    has out '"path":"bad.tar","status":"indeterminate","reason":"corrupt","detail":".*a damaged header"'
done
{ cat small.tar && echo more; } >bad.tar
expect 2 phash scan --format jsonl --list list --tar bad.tar
has out '"path":"bad.tar".*data behind the end'
[ "$size" -ge 10240 ] || fail "tar pads to 10 KiB"
expect 2 phash scan --format jsonl --list list --tar list
has out '"path":"list".*"reason":"truncated"'
gzip -c small.tar >small.tar.gz
expect 2 phash scan --format jsonl --list list --tar small.tar.gz
has out '"reason":"corrupt","detail":"at byte 512: this is no tar stream"'
expect 2 phash scan --format jsonl --list list --tar missing.tar
has out '"path":"missing.tar","status":"indeterminate","reason":"unreadable"'
has out '"inputs":1,'

# A file over the limit is told and passed over without being kept; a size that the stream does not hold is no room.
if command -v python3 >/dev/null; then
    py <<'PYTHON'
import tarfile

class Zeros:
    def read(self, n):
        return bytes(n)

with tarfile.open("large.tar", "w") as tar:
    for name, size in (("large", 512 * 1024 * 1024 + 1), ("lying", 300 * 1024 * 1024)):
        info = tarfile.TarInfo(name)
        info.size = size
        head = info.tobuf()
        if name == "large":
            tar.fileobj.write(head)
            tar.fileobj.seek((size + 511) // 512 * 512, 1) # a hole
            tar.add("folder/half-1-0.jpg")
        else:
            tar.fileobj.write(head)
            tar.fileobj.write(b"few")
            break
PYTHON
    (
        # Enough for the program, not for the file. Sanitizers reserve more.
        grep -q '^PHASH_SANITIZE:[A-Z]*=.' "$PHASH_BINARY_DIR/CMakeCache.txt" || ulimit -v 400000
        expect 2 phash scan --no-sandbox --jobs 1 --format jsonl --list list --tar large.tar
        has out '"path":"large","status":"indeterminate","reason":"too_large"'
        has out '"path":"folder/half-1-0.jpg","status":"match"'
        has out '"path":"lying","status":"indeterminate","reason":"truncated"'
    )
fi

# docs/examples/tar-stream.sh
gzip -c pax.tar >pax.tar.gz
gzip -c links.tar >links.tar.gz
expect 0 sh "$examples/tar-stream.sh" list result pax.tar.gz links.tar.gz
same result.pax.tar.gz.jsonl before
has result.links.tar.gz.jsonl '"inputs":1,'
is "$inputs" "$(grep -c '"type":"result"' result.pax.tar.gz.jsonl)" "inputs"

expect 64 phash scan --list list --tar a --tar b
expect 64 phash scan --list list --tar - --files-from -

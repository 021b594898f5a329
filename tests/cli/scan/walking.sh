#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Which files below directories are inputs: depth, links, file systems, hidden files; each thing passed over is counted.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

make_list list photo-1.jpg
photo=$pictures/half-2.jpg
mkdir -p tree/a/b/c tree/.hidden/.deep tree/z elsewhere/inner
for file in a/1.jpg a/b/2.jpg a/b/c/3.jpg .hidden/4.jpg .hidden/.deep/.5 z/6.jpg 7.jpg; do
    cp "$photo" "tree/$file"
done
cp "$photo" elsewhere/8.jpg
cp "$photo" elsewhere/inner/9.jpg

# walk STATUS PATHS SKIPPED OPTION... -- ARGUMENT...: the paths of the records, in order, and what was passed over.
walk() {
    local want=$1 paths=$2 skipped=$3
    shift 3
    expect "$want" timeout 60 "$program" scan --list list --views none --format jsonl "$@"
    is "$(sed -n 's/.*"type":"result","path":"\([^"]*\)".*/\1/p' out | tr '\n' ' ')" "${paths:+$paths }" "paths of $*"
    is "$(sed -n 's/.*"skipped":{\([^}]*\)}.*/\1/p' out | tr -d '"' | tr ',' '\n' | grep -v ':0$' | tr '\n' ' ')" \
        "${skipped:+$skipped }" "passed over by $*"
}

all='tree/.hidden/.deep/.5 tree/.hidden/4.jpg tree/7.jpg tree/a/1.jpg tree/a/b/2.jpg tree/a/b/c/3.jpg tree/z/6.jpg'
walk 0 "$all" '' tree
walk 0 "${all//tree/tree/}" '' tree//
walk 0 "tree/7.jpg" 'too_deep:3' --no-recursive tree
walk 0 "tree/7.jpg" 'too_deep:3' --max-depth 1 tree
walk 0 "tree/.hidden/4.jpg tree/7.jpg tree/a/1.jpg tree/z/6.jpg" 'too_deep:2' --max-depth=2 tree
walk 0 "$all" '' --max-depth 512 tree
walk 0 "tree/a/b/2.jpg tree/z/6.jpg tree/7.jpg" 'too_deep:1' --no-recursive tree/a/b tree/z tree/7.jpg

# Links: passed over by default, followed when asked, and no loop is endless.
ln -s ../elsewhere tree/link
ln -s ../../elsewhere/8.jpg tree/a/to8
ln -s .. tree/a/up
ln -s . tree/z/self
ln -s b tree/a/again
walk 0 "$all" 'symlink:5' tree
walk 0 "tree/.hidden/.deep/.5 tree/.hidden/4.jpg tree/7.jpg tree/a/1.jpg tree/a/again/2.jpg tree/a/again/c/3.jpg \
tree/a/to8 tree/link/8.jpg tree/link/inner/9.jpg tree/z/6.jpg" 'repeated:3' --follow tree
walk 0 "tree/a/1.jpg tree/a/again/2.jpg tree/a/again/c/3.jpg tree/a/to8 tree/a/up/.hidden/.deep/.5 \
tree/a/up/.hidden/4.jpg tree/a/up/7.jpg tree/a/up/link/8.jpg tree/a/up/link/inner/9.jpg tree/a/up/z/6.jpg" \
    'repeated:3' --follow tree/a
# Each argument is walked for itself.
walk 0 "tree/z/6.jpg tree/z/6.jpg" 'repeated:2' --follow tree/z tree/z
walk 0 "tree/a/b/2.jpg tree/a/b/c/3.jpg tree/a/b/2.jpg tree/a/b/c/3.jpg" '' --follow tree/a/b tree/a/b
ln -s nowhere tree/z/dangling
ln -s round tree/z/round
walk 2 "tree/z/6.jpg tree/z/dangling tree/z/round" 'repeated:1' --follow -- tree/z
has out '"path":"tree/z/dangling","status":"indeterminate","reason":"unreadable"'
rm tree/link tree/a/to8 tree/a/up tree/a/again tree/z/self tree/z/dangling tree/z/round

# Hard links: the first by name, in the whole run; a file that is named is always an input.
ln tree/z/6.jpg tree/a/linked
walk 0 "tree/a/1.jpg tree/a/b/2.jpg tree/a/b/c/3.jpg tree/a/linked" 'hard_links:1' tree/a tree/z
ln tree/z/6.jpg elsewhere/linked
some='tree/.hidden/.deep/.5 tree/.hidden/4.jpg tree/7.jpg tree/a/1.jpg tree/a/b/2.jpg tree/a/b/c/3.jpg tree/a/linked'
walk 0 "$some elsewhere/8.jpg elsewhere/inner/9.jpg" 'hard_links:2' tree elsewhere
walk 0 "$some tree/z/6.jpg elsewhere/8.jpg elsewhere/inner/9.jpg elsewhere/linked" '' --all-links tree elsewhere
walk 0 "tree/z/6.jpg $some elsewhere/linked" 'hard_links:1' tree/z/6.jpg tree elsewhere/linked
# What is excluded does not stand for its other names.
walk 0 "${some% *} tree/z/6.jpg" 'excluded:1' --exclude linked tree
expect 0 phash scan --list list --views none tree elsewhere
has out 'passed over: 2 more hard links of one file$'
expect 0 phash hash tree elsewhere
is "$(wc -l <out)" 9 "hashes"
has err 'passed over: 2 more hard links of one file$'
expect 1 phash dedup --format jsonl --views none tree elsewhere
has out '"inputs":9,.*"hard_links":2,'
rm tree/a/linked elsewhere/linked

# Other file systems, where a second one can be written to.
if [ -d /dev/shm ] && [ -w /dev/shm ] && [ "$(stat -c %d /dev/shm)" != "$(stat -c %d .)" ]; then
    other=$(mktemp -d /dev/shm/phash-XXXXXX)
    trap 'rm -rf "$other"' EXIT
    cp "$photo" "$other/far.jpg"
    ln -s "$other" tree/z/far
    ln -s "$other/far.jpg" tree/z/file
    walk 0 "tree/z/6.jpg tree/z/far/far.jpg tree/z/file" '' --follow tree/z
    walk 0 "tree/z/6.jpg" 'other_file_system:2' --follow --one-file-system tree/z
    walk 0 "tree/z/6.jpg $other/far.jpg" 'other_file_system:2' --follow --one-file-system tree/z "$other"
    rm tree/z/far tree/z/file
fi

# The header tells what was asked for, and nothing when that is the default.
expect 0 phash scan --list list --views none --format jsonl tree
lacks out '"walk"'
expect 0 phash scan --list list --views none --format jsonl --follow --one-file-system --all-links --max-depth 9 \
    --include '*.jpg' --exclude 'a/b"/' --exclude /x tree
has out ',"walk":\{"max_depth":9,"follow":true,"one_file_system":true,"all_links":true,"include":\["\*\.jpg"\],'
has out '"exclude":\["/a/b\\"/","/x"\]\},'

wrong() {
    expect 64 phash scan --list list "$@" tree
    is_empty out
}
for number in 0 513 -1 x ''; do wrong --max-depth "$number"; done
wrong --max-depth 2 --no-recursive
wrong --max-depth 2 --max-depth 2

# A directory nested more deeply than is walked is told, not dropped; here the limit is the length of a path or that.
deep=tree/deep
mkdir "$deep"
(
    cd "$deep"
    for ((i = 0; i < 520; i++)); do mkdir d && cd d; done
    cp "$photo" last.jpg
)
expect 2 phash scan --list list --views none "$deep"
has out '^indeterminate tree/deep/.*\[unreadable: cannot list: directories are nested too deeply\]$'
is "$(grep -c '^indeterminate ' out)" 1 "records of a deep tree"

# Lists of names of any length, in any pieces.
py_with "$program" "${NAMES_SEED:-$RANDOM}" <<'PYTHON'
import random
import subprocess
import sys
import time

from records import check, name_of, read_run

program, seed = sys.argv[1], int(sys.argv[2])
random.seed(seed)
names = [bytes(random.choices(b"abc/. \r", k=random.choice([1, 2, 30, 300, 4000]))) + b"x" for _ in range(1500)]
names += [b"y" * 70000, b"z" * 200000, b"last"]
for end, options in ((b"\n", []), (b"\0", ["-0"])):
    for closing in (b"", end, end + end):
        with open("run", "wb") as stream:
            p = subprocess.Popen([program, "scan", "--list", "list", "--views", "none", "--format", "jsonl",
                                  "--files-from", "-"] + options, stdin=subprocess.PIPE, stdout=stream, bufsize=0)
            data, at = end.join(names) + closing, 0
            while at < len(data):
                piece = data[at:at + (1 if at < 300 else random.choice([1, 100, 4096, 65536, 100000]))]
                time.sleep(0.001 if at < 300 else 0)  # so that they are read one by one
                at += p.stdin.write(piece)
            p.stdin.close()
            check(p.wait(timeout=60) == 2, "exit status", p.returncode)
        check([name_of(r) for r in read_run("run")[1]] == names, "seed", seed, options, closing)
PYTHON

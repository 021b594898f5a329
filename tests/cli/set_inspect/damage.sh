#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A set that was changed anywhere is not sound, and a scan with it never calls a listed picture clean.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

random_hashes 60 12 >random.csv
make_list photos.csv photo-1.jpg
expect 0 phash key new --quiet --out key
expect 0 phash set build --quiet --key key --budget 64 --out set.phb photos.csv random.csv
cp "$pictures/quality30-1.jpg" match.jpg
expect 1 phash scan --set set.phb --key key match.jpg
py_with "$program" <<'PYTHON'
import subprocess, sys
from records import check

program = sys.argv[1]
good = open("set.phb", "rb").read()
check(len(good) > 8192, "size", len(good))

def inspect(data, what):
    with open("damaged.phb", "wb") as stream:
        stream.write(data)
    for form in ("human", "jsonl"):
        run = subprocess.run([program, "set", "inspect", "--format", form, "damaged.phb"], capture_output=True)
        check(run.returncode == 2 and run.stdout == b"", what, "is called sound:", run)
        check(run.stderr.startswith(b"phash set inspect: damaged.phb: "), what, run)

def scan(data, what, allow_match):
    with open("damaged.phb", "wb") as stream:
        stream.write(data)
    run = subprocess.run([program, "scan", "--set", "damaged.phb", "--key", "key", "--format", "jsonl", "match.jpg"],
                         capture_output=True)
    check(b'"status":"clean"' not in run.stdout, what, "reads as clean:", run)
    # Damage in blocks that this picture does not need is not seen: then it still matches.
    match = b'"status":"match"' in run.stdout
    check(run.returncode == (1 if match and allow_match else 2), what, run)
    if run.stdout and not match:
        check(b'"reason":"set_damaged"' in run.stdout, what, run)

def flipped(at, bit):
    return good[:at] + bytes([good[at] ^ 1 << bit]) + good[at + 1:]

places = list(range(0, 48)) + list(range(48, 1100, 31)) + list(range(1100, len(good), 521)) + [len(good) - 1]
for k, at in enumerate(places):
    inspect(flipped(at, k % 8), "byte %d flipped" % at)
for at in list(range(0, 48, 5)) + list(range(60, len(good), 1021)):
    scan(flipped(at, 3), "byte %d flipped" % at, at >= 4096)
for n in [0, 1, 7, 8, 47, 48, 100, 4095, 4096, len(good) // 2, len(good) - 4096, len(good) - 1]:
    inspect(good[:n], "cut to %d bytes" % n)
    scan(good[:n], "cut to %d bytes" % n, False)
inspect(good + b"\0", "a byte more")
inspect(good + bytes(4096), "a block more")
inspect(good[:4096] + good[8192:] + good[4096:8192], "blocks exchanged")
# Two blocks of the body exchanged, as a careless transfer might.
blocks = [good[i:i + 4096] for i in range(0, len(good), 4096)]
if len(blocks) >= 5:
    blocks[2], blocks[3] = blocks[3], blocks[2]
    inspect(b"".join(blocks), "two blocks exchanged")
PYTHON
for bad in no-such-set . key random.csv /dev/null; do
    expect 2 phash set inspect $bad
    is_empty out
    has err "^phash set inspect: "
done
expect 2 phash set inspect $'no\e[31m'
lacks err $'\e'

# what is no regular file is refused at once: opening a fifo must not wait for a writer
mkfifo fifo.phb
expect 2 timeout 20 "$program" set inspect fifo.phb
expect 2 timeout 20 "$program" scan --set fifo.phb --key key match.jpg

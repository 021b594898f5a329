#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# 10,000 small files, 1 % of them damaged: every one has its record, the counts add up, and memory does not grow.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

command -v python3 >/dev/null || skip "no python3"
sanitizer=$(sed -n 's/^PHASH_SANITIZE:[A-Z]*=//p' "$PHASH_BINARY_DIR/CMakeCache.txt" 2>/dev/null || :)
py_with "$program" "$sanitizer" <<'PYTHON'
import math
import os
import random
import struct
import subprocess
import sys
import zlib

from records import check, read_run

program, sanitizer = sys.argv[1:]
GOOD, GOOD_LINKS, BAD_LINKS, SIDE = 198, 50, 20, 64


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def picture(seed):
    """Random waves, which are different pictures of high quality."""
    r = random.Random(seed)
    waves = [(r.uniform(0, 8), r.uniform(0, 8), r.uniform(0, 6.3), r.uniform(10, 40)) for _ in range(5)]
    rows = bytearray()
    for y in range(SIDE):
        rows.append(0)
        for x in range(SIDE):
            value = 128 + sum(a * math.sin((u * x + v * y) / SIDE * 6.28 + p) for u, v, p, a in waves)
            rows.append(min(255, max(0, int(value))))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", SIDE, SIDE, 8, 0, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(bytes(rows), 1)) + chunk(b"IEND", b""))


first = picture(0)
damaged = {"truncated": first[:len(first) // 2], "empty": b"", "not_an_image": b"no picture\n",
           "corrupt": first[:100] + bytes([first[100] ^ 0xff]) + first[101:], "unsupported": b"GIF89a" + bytes(100)}
os.mkdir("base")
number, pictures = 0, []
for name, data, links in [("%03d.png" % i, picture(i), GOOD_LINKS) for i in range(GOOD)] + [
        (name, data, BAD_LINKS) for name, data in damaged.items()]:
    with open("base/" + name, "wb") as stream:
        stream.write(data)
    pictures += [name] * links
check(len(pictures) == 10000, len(pictures))
random.Random(1).shuffle(pictures)
for folder, count in (("thousand", 1000), ("all", 10000)):
    for i in range(count):
        into = "%s/%d" % (folder, i // 1000)
        os.makedirs(into, exist_ok=True)
        os.link("base/" + pictures[i], "%s/%05d" % (into, i))
with open("list", "wb") as stream:
    subprocess.run([program, "hash", "base/000.png", "base/001.png"], stdout=stream, check=True)


def scan(folder, *options):
    """The records, and the most memory that was in use, in kB."""
    with open("run", "wb") as stream:
        p = subprocess.Popen([program, "scan", "--list", "list", "--format", "jsonl", "--views", "flips", "-j", "2",
                              *options, folder], stdout=stream)
        _, status, usage = os.wait4(p.pid, 0)
    return *read_run("run"), os.waitstatus_to_exitcode(status), usage.ru_maxrss


# How far two threads are at work at the same moment is left to chance: hence three runs to compare with.
rss = {"thousand": max(scan("thousand", "--all-links")[-1] for _ in range(3))}
for folder, count in (("thousand", 1000), ("all", 10000)):
    header, results, summary, status, most = scan(folder, "--all-links")
    rss[folder] = max(most, rss.get(folder, 0))
    check(status == 2, "exit status", status)
    check([r["path"] for r in results] == ["%s/%d/%05d" % (folder, i // 1000, i) for i in range(count)], "paths")
    for r, name in zip(results, pictures):
        if name in damaged:
            check(r["status"] == "indeterminate" and r["reason"] in (name, "truncated", "corrupt"), name, r)
        else:
            check(r["status"] == ("match" if name in ("000.png", "001.png") else "clean"), name, r)
    check(summary["skipped"]["hard_links"] == 0, summary)
check(summary["match"] == 2 * GOOD_LINKS and summary["indeterminate"] == 5 * BAD_LINKS, summary)
check(summary["reasons"]["empty"] == BAD_LINKS and summary["reasons"]["not_an_image"] == BAD_LINKS, summary)

# Without --all-links every file is looked at once.
header, results, summary, status, _ = scan("all")
check(len(results) == GOOD + len(damaged) and summary["skipped"]["hard_links"] == 10000 - len(results), summary)

print("peak memory: %(thousand)d kB of 1,000 files, %(all)d kB of 10,000" % rss)
if not sanitizer:
    check(rss["all"] <= 1.1 * rss["thousand"], "memory grows with the number of files:", rss)
PYTHON

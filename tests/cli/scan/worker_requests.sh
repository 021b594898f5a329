#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A worker answers each request with one record, in order and without waiting for the next.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

mkdir folder
cp "$pictures"/{photo-1,half-1,half-2,other-1}.jpg "$pictures/flat.png" folder
cp "$pictures/half-3.jpg" folder/$'a line\nfeed'
echo 'no picture' >folder/text
: >folder/empty
ln -s half-1.jpg folder/link
make_list list photo-1.jpg photo-2.jpg photo-3.jpg

py_with "$program" <<'PYTHON'
import json, os, random, select, signal, subprocess, sys
from records import check, name_of

program = sys.argv[1]


def start(*options):
    return subprocess.Popen([program, "scan", "--worker", "--format", "jsonl", "--list", "list", *options],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)


def line(process):
    """The next line, which must come although nothing more is sent."""
    data = b""
    while not data.endswith(b"\n"):
        check(select.select([process.stdout], [], [], 60)[0], "no answer within a minute; so far", data)
        piece = process.stdout.read(1)
        check(piece, "the output ended behind", data)
        data += piece
    return json.loads(data)


def content(path):
    with open(path, "rb") as stream:
        return stream.read()


whole = {}
run = subprocess.run([program, "scan", "--format", "jsonl", "--list", "list", "folder"], stdout=subprocess.PIPE)
for text in run.stdout.splitlines():
    record = json.loads(text)
    if record["type"] == "result":
        whole[name_of(record)] = record
paths = sorted(whole) * 2
check(len(whole) == 8, "inputs", len(whole))

# One by one, by path and as bytes: the records of a scan.
for zero in (False, True):
    end = b"\0" if zero else b"\n"
    asked = [p for p in paths if zero or b"\n" not in p]
    worker = start(*["-0"] * zero)
    check(line(worker)["type"] == "header", "header")
    for path in asked:
        worker.stdin.write(b"file " + path + end)
        check(line(worker) == whole[path], "record of", path)
        data = content(path)
        worker.stdin.write(b"bytes %d %s" % (len(data), path) + end + data)
        check(line(worker) == whole[path], "record of the bytes of", path)
    # In pieces, with an answer before the request is there to its end.
    worker.stdin.write(b"file folder/half-1.jpg" + end + b"bytes 5 a na")
    check(line(worker)["path"] == "folder/half-1.jpg", "answer to the first")
    worker.stdin.write(b"me" + end + b"12")
    worker.stdin.write(b"345file folder/link" + end)
    check(line(worker)["path"] == "a name", "answer to the second")
    check(line(worker)["status"] == "match", "a link is followed")
    worker.stdin.close()
    summary = line(worker)
    check(summary["type"] == "summary" and summary["inputs"] == 2 * len(asked) + 3, summary)
    check(worker.stdout.read() == b"" and worker.wait() == 2, "end")

# A signal ends one that waits.
worker = start()
line(worker)
worker.stdin.write(b"file folder/half-1.jpg\n")
check(line(worker)["status"] == "match", "an answer before the signal")
worker.send_signal(signal.SIGTERM)
check(line(worker)["interrupted"] and worker.wait(60) == 130, "a signal")
worker.stdin.close()

# Many at once, cut anywhere, with any number of threads: the same records in order.
seed = int.from_bytes(os.urandom(4), "big")
print("seed", seed, file=sys.stderr)
rng = random.Random(seed)
stream, want = b"", []
for _ in range(300):
    path = rng.choice(paths)
    if rng.random() < 0.5:
        stream += b"file " + path + b"\0"
    else:
        stream += b"bytes %d %s\0" % (len(content(path)), path) + content(path)
    want.append(whole[path])
for jobs in ("1", "3"):
    worker = start("-0", "--jobs", jobs)
    if os.fork() == 0:
        worker.stdout.close()
        at = 0
        while at < len(stream):
            n = rng.choice((1, 100, 5000, 200000))
            worker.stdin.write(stream[at:at + n])
            at += n
        os._exit(0)
    worker.stdin.close()
    records = [json.loads(text) for text in worker.stdout.read().splitlines()]
    check(worker.wait() == 2 and records[1:-1] == want and records[-1]["inputs"] == 300, "records with --jobs", jobs)
    check(os.wait()[1] == 0, "the sender")


def answers(data, *options):
    run = subprocess.run([program, "scan", "--worker", "--format", "jsonl", "--list", "list", *options], input=data,
                         stdout=subprocess.PIPE, timeout=100)
    records = [json.loads(text) for text in run.stdout.splitlines()]
    check(records[0]["type"] == "header" and records[-1]["type"] == "summary", "frame of", records)
    check(records[-1]["inputs"] == len(records) - 2, records[-1])
    return run.returncode, [(r["path"], r.get("reason", r["status"])) for r in records[1:-1]]


good = b"file folder/half-1.jpg\n"
right = ("folder/half-1.jpg", "match")
check(answers(b"") == (0, []), "no request")
check(answers(good) == (1, [right]), "one request")
check(answers(b"file folder/other-1.jpg\n") == (0, [("folder/other-1.jpg", "clean")]), "one request")
for request, name in ((b"\n", ""), (b"folder/half-1.jpg\n", "folder/half-1.jpg"), (b"file\n", "file"),
                      (b"FILE folder/half-1.jpg\n", "FILE folder/half-1.jpg"), (b"file a\0b\n", "file a")):
    check(answers(good + request + good) == (2, [right, (name, "malformed"), right]), "request", request)
check(answers(good + b"file folder/half-2.jpg") == (2, [right, ("file folder/half-2.jpg", "malformed")]), "cut line")
for request in (b"bytes x name\n", b"bytes 5\n", b"bytes -5 name\n", b"bytes  5 name\n",
                b"bytes 5000000000000000000 n\n"):
    check(answers(good + request + good) == (2, [right, (request[:-1].decode(), "malformed")]), "request", request)
check(answers(good + b"bytes 12 name\nshort") == (2, [right, ("name", "truncated")]), "short content")
check(answers(b"bytes 0 name\n" + good) == (2, [("name", "empty"), right]), "no content")
check(answers(b"file folder\nfile missing\nfile \n" + good) ==
      (2, [("folder", "unreadable"), ("missing", "unreadable"), ("", "unreadable"), right]), "no files")
code, got = answers(b"file " + b"x" * 70000 + b"\n" + good)
check(code == 2 and got[0][1] == "malformed" and got[1] == right, "a long line")
code, got = answers(b"file " + b"x" * 10000 + b"\n" + good)
check(code == 2 and got[0][1] == "unreadable" and got[1] == right, "a long path")
PYTHON

# More than is kept: passed over.
{
    printf 'bytes %d large\n' $((512 * 1024 * 1024 + 1))
    head -c $((512 * 1024 * 1024 + 1)) /dev/zero
    echo 'file folder/half-1.jpg'
} | expect 2 phash scan --worker --format jsonl --list list
has out '"path":"large","status":"indeterminate","reason":"too_large"'
has out '"path":"folder/half-1.jpg","status":"match"'

# Private; the example.
expect 0 phash key new --quiet --out key
expect 0 phash set build --quiet --key key --out set.phb list
printf 'file folder/half-1.jpg\nfile folder/other-1.jpg\n' >requests
expect 1 phash scan --worker --format jsonl --set set.phb --key key <requests
has out '"inputs":2,"clean":1,"match":1,.*"requests":2'
PHASH=$program expect 0 python3 "$PHASH_SOURCE_DIR/docs/examples/worker_client.py" list folder/half-1.jpg \
    folder/text folder/half-2.jpg folder/$'a line\nfeed'
is "$(head -n 1 out)" 'match photo-1.jpg folder/half-1.jpg' "the first line"
has out '^indeterminate not_an_image folder/text$'
has out '^match photo-2.jpg folder/half-2.jpg$'
has out '^4 asked$'

expect 64 phash scan --worker --list list
for more in folder '--files-from requests' '--tar requests' '--shard 1/2'; do
    # shellcheck disable=SC2086 # an option and its value
    expect 64 phash scan --worker --format jsonl --list list $more
done
# What cannot be written ends it.
if [ -c /dev/full ]; then
    got=0
    yes 'file folder/half-1.jpg' | timeout 60 "$program" scan --worker --format jsonl --list list >/dev/full 2>err ||
        got=$?
    is "$got" 2 "exit status with a full stdout"
fi

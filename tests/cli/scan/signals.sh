#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SIGINT and SIGTERM end a scan with what was done; SIGUSR1 and --progress tell how far it is.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

make_list list photo-1.jpg
mkdir folder many
for i in $(seq 1000 1099); do cp "$pictures/half-2.jpg" "folder/$i.jpg"; done
cp "$pictures/quality30-1.jpg" folder/0.jpg
for i in $(seq 1000 2999); do ln folder/1000.jpg "many/$i.jpg"; done
py_with "$program" "$pictures" <<'PYTHON'
import fcntl
import json
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time

from records import check, csv_rows, read_run

program, pictures = sys.argv[1:]
scan = [program, "scan", "--list", "list", "--format", "jsonl"]


def no_questions():
    """Until the program listens, SIGUSR1 does nothing."""
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)


def start(*arguments, preexec_fn=no_questions, command=scan):
    return subprocess.Popen(command + list(arguments), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, bufsize=0, preexec_fn=preexec_fn)


def interrupt(p, number):
    """Send it, and wait until it was heard."""
    p.send_signal(number)
    told = p.stderr.readline()
    while b" matches, " in told:  # a late answer to SIGUSR1
        told = p.stderr.readline()
    check(b"interrupted: finishing the files under way" in told, told)


def wait_for(p, files):
    """Ask with SIGUSR1 until so many are done; the last answer."""
    line = b""
    for _ in range(1000):
        if line.startswith(b"%d files, " % files):
            return line
        p.send_signal(signal.SIGUSR1)
        time.sleep(0.01)
        if select.select([p.stderr], [], [], 0.1)[0]:
            line = p.stderr.readline()
    check(False, "never", files, "files:", line)


def finish(p, first=b"", status=130):
    rest, err = p.communicate(timeout=60)
    check(p.returncode == status, "exit status", p.returncode, "not", status, err)
    with open("run", "wb") as stream:
        stream.write(first + rest)
    return *read_run("run"), err


for number in (signal.SIGINT, signal.SIGTERM):
    # While names are waited for: the results so far, and the summary.
    p = start("--files-from", "-")
    p.stdin.write(b"folder/0.jpg\n")
    p.stdin.flush()
    first = p.stdout.readline() + p.stdout.readline()
    check(b'"status":"match"' in first, "a result comes out while names are waited for:", first)
    interrupt(p, number)
    header, results, summary, err = finish(p, first)
    check(summary.get("interrupted") is True and len(results) == 1, summary)

    # While pictures are read: a beginning of all, nothing twice, nothing cut.
    for jobs in ("1", "4"):
        p = start("-j", jobs, "--all-links", "many")
        first = p.stdout.readline() + p.stdout.readline()
        interrupt(p, number)
        header, results, summary, err = finish(p, first)
        names = sorted(os.listdir("many"))
        check([r["path"] for r in results] == ["many/" + n for n in names[:len(results)]], "a beginning")
        check(0 < len(results) < len(names) and summary["interrupted"] is True, summary)

    # The output file keeps its old content, and what there is lies beside it.
    for format_ in ("jsonl", "csv", "human"):
        with open("records", "w") as stream:
            stream.write("old")
        p = start("--format", format_, "-o", "records", "--errors", "errors", "--files-from", "-")
        p.stdin.write(b"folder/0.jpg\nno-such-file\n")
        p.stdin.flush()
        wait_for(p, 2)
        interrupt(p, number)
        out, err = p.communicate(timeout=60)
        check(p.returncode == 130 and out == b"", p.returncode, out)
        check(b"records.interrupted" in err and b"errors.interrupted" in err, err)
        check(open("records").read() == "old" and not os.path.exists("errors"), "files")
        check(open("errors.interrupted", "rb").read() == b"no-such-file\0", "errors.interrupted")
        if format_ == "jsonl":
            header, results, summary = read_run("records.interrupted")
            check(len(results) == 2 and summary["interrupted"] is True, summary)
        elif format_ == "csv":
            check(len(csv_rows("records.interrupted")) == 3, "rows")
        else:
            check("interrupted by a signal" in open("records.interrupted").read(), "summary")
        left = [n for n in os.listdir(".") if n.startswith(("records", "errors"))]
        check(sorted(left) == ["errors.interrupted", "records", "records.interrupted"], left)
        for name in left:
            os.unlink(name)

    # A second signal ends at once: here nobody takes the records, which fill a small pipe, so nothing else would.
    out, into = os.pipe()
    fcntl.fcntl(into, fcntl.F_SETPIPE_SZ, 4096)
    p = subprocess.Popen(scan + ["--views", "none"] + ["folder/" + "./" * 1000 + "0.jpg"] * 600, stdout=into,
                         stderr=subprocess.PIPE, bufsize=0)
    os.close(into)
    held = b"\0\0\0\0"
    while int.from_bytes(held, sys.byteorder) < 2000:  # the header and a record, and no room for another
        time.sleep(0.05)
        held = fcntl.ioctl(out, termios.FIONREAD, held)
    time.sleep(0.2)
    interrupt(p, number)
    time.sleep(0.2)
    check(p.poll() is None, "the first signal waits for what is under way")
    p.send_signal(number)
    check(p.wait(timeout=60) == -number, "killed by the second signal, not", p.returncode)
    os.close(out)
    p.stderr.close()

# Ignored by who started it: then it stays so.
p = start("--files-from", "-", preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
p.stdin.write(b"folder/0.jpg\n")
p.stdin.flush()
first = p.stdout.readline() + p.stdout.readline()
p.send_signal(signal.SIGINT)
time.sleep(0.1)
p.stdin.write(b"folder/1000.jpg\n")
header, results, summary, err = finish(p, first, 1)
check(len(results) == 2 and "interrupted" not in summary, summary)

# SIGUSR1 asks for a line, and never ends the program.
for command in (scan + ["--quiet"], [program, "hash"], [program, "dedup"]):
    p = start("--files-from", "-", command=command)
    p.stdin.write(b"folder/0.jpg\n")
    p.stdin.flush()
    line = wait_for(p, 1)
    check(line.startswith(b"1 files, %d matches, " % ("scan" in command)) and line.endswith(b"/s\n"), command, line)
    p.communicate(timeout=60)
    check(p.returncode == ("scan" in command), command, p.returncode)
# Nor when it comes while the program is not at its pictures: there is a handler, by which it is not even ignored.
p = start("--files-from", "-")
p.stdout.readline()
caught = [line for line in open("/proc/%d/status" % p.pid) if line.startswith("SigCgt:")]
check(caught and int(caught[0].split()[1], 16) >> (signal.SIGUSR1 - 1) & 1, caught)
p.communicate(timeout=60)
# hash and dedup end at once with a signal.
p = subprocess.Popen([program, "hash", "--files-from", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
p.stdin.write(b"folder/0.jpg\n")
p.stdin.flush()
p.stdout.readline()
p.send_signal(signal.SIGINT)
check(p.wait(timeout=60) == -signal.SIGINT, "hash", p.returncode)

# JSON progress: counts grow, the last line has them all, a total comes once it is known.
size = sum(os.path.getsize("folder/" + n) for n in os.listdir("folder"))
p = start("--progress=json", "-j", "1", "folder")
header, results, summary, err = finish(p, b"", 1)
lines = [json.loads(line) for line in err.splitlines()]
check(lines and all(x["type"] == "progress" for x in lines), lines)
for key in ("files", "bytes", "matches", "seconds"):
    check([x[key] for x in lines] == sorted(x[key] for x in lines), key, lines)
last = lines[-1]
check((last["files"], last["bytes"], last["matches"]) == (len(results), size, 1), last)
check((last["total_files"], last["total_bytes"], last["seconds_left"]) == (len(results), size, 0), last)
p = start("--progress=json", "--files-from", "-")
p.stdin.write(b"folder\n")
header, results, summary, err = finish(p, b"", 1)
check(all("total_files" not in json.loads(line) for line in err.splitlines()), err)
p = start("--progress=none", "folder")
check(finish(p, b"", 1)[3] == b"", "no progress")

# On a terminal: at most ten lines a second, wiped in the end; none with --quiet.
for quiet in (False, True):
    outer, inner = pty.openpty()
    begun = time.monotonic()
    p = subprocess.Popen(scan + ["--quiet"] * quiet + ["folder"], stdout=subprocess.DEVNULL, stderr=inner)
    os.close(inner)
    shown = b""
    while True:
        try:
            got = os.read(outer, 65536)
        except OSError:
            break
        if not got:
            break
        shown += got
    check(p.wait() == 1, "exit status", p.returncode)
    seconds = time.monotonic() - begun
    lines = shown.count(b" matches, ")
    check(lines <= 10 * seconds + 1, lines, "lines in", seconds)
    if quiet:
        check(shown == b"", shown)
    elif seconds > 0.5:
        check(lines > 0 and shown.endswith(b"\r\x1b[K") and b" left" in shown, shown)
PYTHON

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every outcome by every way of asking has the exit status that phash-scan(1) promises.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

make_list list photo-1.jpg photo-2.jpg
expect 0 phash key new --quiet --out key
expect 0 phash set build --quiet --key key --budget 64 --out set.phb list
expect 0 phash set build --quiet --key key --not-after 2020-01-01 --out stale.phb list
cp list old.csv
touch -d '40 days ago' old.csv
expect 0 phash set build --quiet --key key --created 2020-01-01 --budget 64 --out old.phb list
mkdir nothing
ln -s "$pictures/quality30-1.jpg" hit.jpg
ln -s "$pictures/other-1.jpg" miss.jpg
echo text >bad.jpg

# Outcome, and the status in the table that follows: with nothing said, with --errors-ok.
table() {
    cat <<'END'
none         0 0 miss.jpg
match        1 1 miss.jpg hit.jpg
error        2 0 miss.jpg bad.jpg
match+error  2 1 hit.jpg bad.jpg
missing      2 0 miss.jpg no-such-file
empty        0 0 nothing
no-names     0 0 --files-from /dev/null
bad-names    2 2 hit.jpg --files-from no-such-list
usage        64 64 --nonsense
stale        2 2 hit.jpg
END
}

for mode in plain private; do
    while read -r outcome status status_ok arguments; do
        known='--list list'
        [ $mode = plain ] || known='--set set.phb --key key'
        if [ "$outcome" = stale ]; then
            known='--list old.csv --fail-if-older-than 30'
            [ $mode = plain ] || known='--set stale.phb --key key'
        fi
        for format in human jsonl csv; do
            for extra in '' '-j 1' '--quiet' '-o records' '--errors errors' '--progress json'; do
                # shellcheck disable=SC2086 # several words
                expect "$status" phash scan $known --format $format $extra $arguments
                # shellcheck disable=SC2086
                expect "$status_ok" phash scan $known --format $format $extra --errors-ok $arguments
                [ "$outcome" != stale ] || is_empty out
            done
        done
    done < <(table)
done

# Old, by the day it was changed or made: refused before a picture is read, with lists and sets.
expect 2 phash scan --list list --list old.csv --fail-if-older-than 39 no-such-file
is_empty out
has err '^phash scan: old.csv: 40 days old, and --fail-if-older-than is 39$'
expect 1 phash scan --list list --list old.csv --fail-if-older-than 40 hit.jpg
expect 1 phash scan --list list --fail-if-older-than 0 hit.jpg
touch -d '2 days' list
expect 1 phash scan --list list --fail-if-older-than 0 hit.jpg
expect 2 phash scan --set old.phb --key key --fail-if-older-than 365 hit.jpg
is_empty out
has err '^phash scan: old.phb: [0-9]+ days old, and --fail-if-older-than is 365$'
expect 1 phash scan --set old.phb --key key --fail-if-older-than 36500 hit.jpg
expect 1 phash scan --set set.phb --key key --fail-if-older-than 1 hit.jpg
for days in -1 x '' 36501; do expect 64 phash scan --list list --fail-if-older-than "$days" hit.jpg; done

# Signals: 130, whatever was found before. tests/cli/scan/signals.sh looks at what is written then.
py_with "$program" <<'PYTHON'
import signal
import subprocess
import sys

from records import check

for number in (signal.SIGINT, signal.SIGTERM):
    for known in (["--list", "list"], ["--set", "set.phb", "--key", "key"]):
        for found in ("miss.jpg", "hit.jpg", "bad.jpg"):
            for extra in ([], ["--errors-ok"]):
                p = subprocess.Popen([sys.argv[1], "scan", *known, *extra, "--format", "csv", "--files-from", "-"],
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
                p.stdin.write(found.encode() + b"\n")
                p.stdout.readline()
                p.stdout.readline()
                p.send_signal(number)
                check(b"interrupted" in p.stderr.readline(), "a message")
                p.communicate(timeout=60)
                check(p.returncode == 130, number, known, found, extra, "exit status", p.returncode)
PYTHON

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A decoder that a file takes over costs that file, and can do nothing.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

make_list list photo-1.jpg
need_hostile
state=$(sandbox_state)

# What each file tells the decoder to do, and what the record says then.
cat >words <<END
crash decoder_crashed SIGSEGV
abort decoder_crashed SIGABRT
heap decoder_crashed SIGABRT
exit decoder_crashed ended by itself
early decoder_crashed makes no sense
noise decoder_crashed makes no sense
scribble decoder_crashed SIGSEGV
grow decoder_crashed SIGBUS
loop timeout stopped after 1 seconds
END
if [ "$state" = enforced ]; then
    for word in open socket exec fork thread trace signal map protect; do
        echo "$word decoder_crashed SIGSYS"
    done >>words
    printf 'memory\ndescriptors\n' >>words # refused without an end
else
    sed -i 's/ SIG.*//' words # a sanitizer ends the process its own way
fi
mkdir folder
while read -r word _; do
    hostile_picture "$word" "folder/$word.jpg"
    cp "$pictures/photo-1.jpg" "folder/$word-before.jpg"
    cp "$pictures/other-2.jpg" "folder/$word-z-after.jpg"
done <words
for jobs in 1 3; do
    expect 2 hostile scan --list list --format jsonl --jobs $jobs --timeout 1 folder
    mv out jsonl
    [ "$state" != enforced ] || is_empty err
    py_with "$state" <<'PYTHON'
import sys
from records import check, read_run
header, results, summary = read_run("jsonl")
check(header["sandbox"] == sys.argv[1] and header["timeout"] == 1, header)
parts = header["sandbox_parts"]
check(parts["processes"] and parts["seccomp"] == (sys.argv[1] == "enforced"), parts)
wanted = {}
for line in open("words"):
    word, *rest = line.split(maxsplit=2)
    wanted[word] = [r.strip() for r in rest]
    wanted[word + "-before"] = "match"
    wanted[word + "-z-after"] = []
check(len(results) == len(wanted), len(results), "records")
for r in results:
    want = wanted[r["path"].removeprefix("folder/").removesuffix(".jpg")]
    if want == "match":
        check(r["status"] == "match" and r["distance"] == 0, r)
    elif not want:
        check(r["status"] == "clean", r)
    else:
        check(r["status"] == "indeterminate" and r["reason"] == want[0], want, r)
        check(want[1] in r["detail"] if len(want) > 1 else True, want, r)
        check("kind" not in r and r["hash"] is None, r)
PYTHON
done

# Small pictures are in flight several at a time: each troublemaker costs itself alone, wherever it is among them.
mkdir crowd
for i in $(seq 101 140); do cp "$pictures/other-$((i % 4 + 1)).jpg" "crowd/$i.jpg"; done
for spot in '110 crash' '111 early' '117 noise' '119 exit' '126 loop' '133 heap' '136 crash' '140 abort'; do
    hostile_picture "${spot#* }" "crowd/${spot% *}.jpg"
done
for how in 'crowd' '--tar crowd.tar'; do
    tar -cf crowd.tar crowd
    # shellcheck disable=SC2086
    expect 2 hostile scan --list list --format jsonl --views none --jobs 1 --timeout 3 $how
    grep -c '"status":"clean"' out >count
    is "$(cat count)" 32 "files judged"
    grep '"status":"indeterminate"' out | sed 's/.*crowd.\([0-9]*\).*"reason":"\([a-z_]*\)".*/\1 \2/' | sort >got
    for i in 110 111 117 119; do echo "$i decoder_crashed"; done >expected
    echo '126 timeout' >>expected
    for i in 133 136 140; do echo "$i decoder_crashed"; done >>expected
    same expected got
done

# hash and dedup decode there too.
cp folder/crash.jpg folder/crash-before.jpg .
expect 2 hostile hash crash.jpg crash-before.jpg
has out '^,,crash.jpg$'
has out '^[0-9a-f]{64},100,crash-before.jpg$'
has err 'crash.jpg: decoder_crashed: '
expect 2 hostile dedup --format jsonl crash.jpg crash-before.jpg "$pictures/photo-1.jpg"
has out '"sandbox":"'"$state"'"'
has out '"reason":"decoder_crashed"'
has out '"groups":1,'

# Off: the header says so, nothing is limited, and --timeout makes no sense.
expect 0 phash scan --list list --no-sandbox --format jsonl crash.jpg
has out '"sandbox":"off"'
lacks out 'sandbox_parts|"timeout"'
expect 0 phash scan --list list --no-sandbox crash.jpg
has out '^Pipeline .*, sandbox off, '
expect 0 phash dedup --no-sandbox --format jsonl crash.jpg
has out '"sandbox":"off"'
for command in 'scan --list list' hash dedup; do
    # shellcheck disable=SC2086
    expect 64 phash $command --no-sandbox --timeout 5 crash.jpg
    # shellcheck disable=SC2086
    expect 64 phash $command --timeout 0 crash.jpg
done
if [ "$state" = enforced ]; then
    expect 0 phash scan --list list crash.jpg
    lacks out 'sandbox off|sandbox absent'
fi

# Files of the program may be small.
(
    ulimit -f 1000
    expect 0 phash scan --list list --jobs 2 --format jsonl crash.jpg "$pictures/other-1.jpg"
    has out '"sandbox":"'"$state"'"'
)

# Where the processes cannot be started the program does not quietly go on without.
(
    ulimit -v 600000
    expect 2 phash scan --list list crash.jpg
    has err 'cannot start decoder processes.*--no-sandbox'
    is_empty out
    expect 0 phash scan --list list --no-sandbox crash.jpg
) || [ "$state" != enforced ] # sanitizers need more address space than that

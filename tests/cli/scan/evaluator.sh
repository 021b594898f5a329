#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A scan that asks a service finds what one with the key finds, and the same request is never sent twice.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../service.sh
. "$here/service.sh"

make_list list photo-1.jpg photo-2.jpg
expect 0 phash key new --quiet --out key
expect 0 phash set build --quiet --key key --name tests --budget 64 --out set.phb list
need_http
mkdir folder
cp "$pictures/half-2.jpg" "$pictures/other-1.jpg" "$pictures/flat.png" folder
: >folder/empty
start_service --key key

# without the lines that tell of the evaluator
records() {
    grep '"type":"result"' "$1"
}

expect 2 phash scan --format jsonl --set set.phb --key key folder missing
mv out here
records here >want
expect 2 phash scan --format jsonl --set set.phb --evaluator "$url/" folder missing
mv out there
records there >got
same want got
is "$(wc -l <want)" 5 inputs
has there "\"evaluator\":\"$url\""
is "$(tail -n 1 there)" "$(tail -n 1 here)" summary # bytes are counted alike
is "$(asked)" 5 "requests, also for what cannot be read"

# One connection a thread is kept for all of its requests.
rm requests
expect 2 phash scan --set set.phb --evaluator "$url" -j 1 folder
has out "asked at $url"
is "$(cut -d ' ' -f 2 requests | sort -u | wc -l)" 2 "connections: for the key, and for the requests"

# It misbehaves once: a request of its own is sent, and the verdict is the true one.
for word in busy draining closed truncated; do
    behave "$word" 1
    expect 1 phash scan --set set.phb --evaluator "$url" folder/half-2.jpg
    has out '^match'
    is "$(asked)" 2 "$word: tries"
done
behave stale
expect 2 phash scan --format jsonl --set set.phb --evaluator "$url" -j 1 folder missing
records out >got
same want got
[ "$(asked)" -ge 5 ] || fail "too few requests"
is "$(grep '^/v1/eval' requests | cut -d ' ' -f 3 | sort | uniq -d | wc -l)" 0 "requests sent twice"

# What is no answer is no verdict.
for word in garbage changed otherkey short long error redirect unauthorized wordy; do
    behave "$word"
    expect 2 phash scan --quiet --set set.phb --evaluator "$url" folder/half-2.jpg
    has out '^indeterminate .*\[evaluator[:]'
    is "$(asked)" 1 "$word: tries"
    lacks requests '/elsewhere'
done
for word in closed draining; do
    behave "$word"
    expect 2 phash scan --quiet --set set.phb --evaluator "$url" folder/half-2.jpg
    has out '^indeterminate .*\[evaluator_unavailable[:]'
    is "$(asked)" 5 "$word: tries"
    is "$(grep '^/v1/eval' requests | cut -d ' ' -f 3 | sort -u | wc -l)" 5 "$word: different requests"
done

# With a journal, resumed with the other kind of evaluator.
behave
expect 2 phash scan --format jsonl --set set.phb --evaluator "$url" --journal journal folder missing
expect 2 phash scan --format jsonl --set set.phb --key key --journal journal --resume folder missing
records out >got
same want got
expect 2 phash scan --format jsonl --set set.phb --evaluator "$url" --journal journal --resume folder missing
records out >got
same want got
# Requests of a client of the worker, and a tar stream.
printf 'file folder/half-2.jpg\n' >ask
phash scan --worker --format jsonl --set set.phb --evaluator "$url" <ask >out 2>err && fail "no match by --worker"
has out '"status":"match"'
tar -cf in.tar folder/other-1.jpg
expect 0 phash scan --set set.phb --evaluator "$url" --tar in.tar

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A service that is down, or serves another key: said before the scan, or a line for every input and few requests.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../service.sh
. "$here/service.sh"

make_list list photo-1.jpg
expect 0 phash key new --quiet --out key
expect 0 phash set build --quiet --key key --budget 64 --out set.phb list
need_http
scan() {
    phash scan --set set.phb --evaluator "$@"
}
one=$pictures/half-1.jpg

# Before the scan.
expect 2 scan http://127.0.0.1:9 --evaluator-timeout 1 "$one"
has err 'no answer yet: .*; trying for 1 seconds'
has err 'cannot be asked which keys it serves'
is_empty out
for bad in http://evaluator.example ftp://127.0.0.1 https://user:secret@127.0.0.1 "https://127.0.0.1/?a" nonsense:// \
    http://127.0.0.1.example http://localhost.example; do
    expect 2 scan "$bad" "$one"
    is_empty out
    has err 'the URL cannot be used'
    lacks err secret
done
start_service --key key
behave_about_key otherkey
expect 2 scan "$url" "$one"
has err "does not serve the key of the set, [0-9a-f]{32}; it serves [0-9a-f]{32}"
for word in garbage unauthorized wordy redirect; do
    behave_about_key "$word"
    expect 2 scan "$url" "$one"
    is_empty out
done
behave_about_key busy 1
expect 1 scan "$url" "$one"
has err 'HTTP status 503 \(overloaded\)'
# It says to come back in an hour: not within the time.
behave_about_key spent
expect 2 scan "$url" --evaluator-timeout 3 "$one"
has err 'budget_spent'

# In the middle of one: it is left alone, and every input has its line.
mkdir many
for i in $(seq 60); do
    cp "$pictures/other-1.jpg" "many/$i.jpg"
done
behave_about_key
behave draining
expect 0 scan "$url" --quiet --errors-ok --views none -j 4 many
is "$(wc -l <out)" 60 lines
lacks out '^(clean|match)'
is "$(grep -c '\[evaluator_unavailable: not asked, after [0-9]* failures in a row; the last: no answer: .*503' out)" \
    "$((60 - $(grep -c '\[evaluator_unavailable: no answer' out)))" "not asked"
[ "$(asked)" -le 60 ] || fail "$(asked) requests to a service that is down"
# Too slow.
behave slow
expect 2 scan "$url" --quiet --evaluator-timeout 2 "$one"
has out '\[evaluator_unavailable: no answer: .*timed out'
stop_service

# Only what asks for a service opens a connection: with no network at all nothing else is missed.
unshare -rn true 2>/dev/null || exit 0
expect 1 unshare -rn "$program" scan --set set.phb --key key "$one"
expect 2 unshare -rn "$program" scan --set set.phb --evaluator http://127.0.0.1:9 --evaluator-timeout 1 "$one"

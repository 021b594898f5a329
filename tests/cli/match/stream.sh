#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A hash that is piped in is answered before the next one comes.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

random_hashes 10 6 >list
h=$(head -c 64 list)
coproc MATCH { exec "$program" match --list list; }
exec 3<&"${MATCH[0]}" 4>&"${MATCH[1]}" 5>&-
job=$MATCH_PID
eval "exec ${MATCH[0]}<&- ${MATCH[1]}>&-"

answer() {
    IFS= read -r -t 60 line <&3 || fail "no answer to: $1"
    printf '%s\n' "$line" >line
    has line "$2"
}
answer 'nothing yet' '^\{"type":"header"'
echo "$h,a" >&4
answer 'a listed hash' '"status":"match".*"line":1,"label":"a"'
echo 'no hash' >&4
answer 'a bad line' '"reason":"malformed".*"line":2'
printf '%s' "${h:0:30}" >&4
printf '%s\n' "${h:30}" >&4
answer 'a line in two pieces' '"status":"match".*"line":3'
printf '%s,quoted\n%s,"two\nlines"\n' "$h" "$h" >&4
answer 'a line before a quoted one' '"line":4,"label":"quoted"'
answer 'a label of two lines' '"line":5,"label":"two\\nlines"'
printf '%s' "$h" >&4
exec 4>&-
answer 'a last line without its end' '"status":"match".*"line":7'
answer 'the end' '^\{"type":"summary","inputs":6,'
status=0
wait "$job" || status=$?
is "$status" 2 "exit status"

# Scan answers names that are piped in likewise.
make_list list photo-1.jpg
coproc SCAN { exec "$program" scan --list list --format jsonl --jobs 2 --files-from -; }
exec 3<&"${SCAN[0]}"
answer 'nothing yet' '^\{"type":"header"'
job=$SCAN_PID
for name in half-2.jpg half-3.jpg half-4.jpg; do
    echo "$pictures/$name" >&"${SCAN[1]}"
done
eval "exec ${SCAN[1]}>&-"
for name in half-2.jpg half-3.jpg half-4.jpg; do
    answer "$name" "\"path\":\"$pictures/$name\",\"status\":\"clean\""
done
wait "$job"

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# evaluator_selftest.sh BENCH SERVICE PHASH: the service gives its clients nearly all that the machine can evaluate.
#
# The bounds are loose, as other work may run beside this, but real: each compares figures that were measured in turns.
set -eu
bench=$1
service=$2
phash=$3
if ! command -v python3 >/dev/null; then
    echo "SKIP: no python3"
    exit 77
fi
scratch=$(mktemp -d)
pid=
clean_up() {
    [ -z "$pid" ] || kill "$pid" 2>/dev/null || :
    [ -z "$pid" ] || wait "$pid" 2>/dev/null || :
    rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

: >"$scratch/log"
"$phash" key new --quiet --out "$scratch/key"
"$service" --key "$scratch/key" --limit none --listen 127.0.0.1:0 >"$scratch/log" 2>&1 &
pid=$!
for _ in $(seq 200); do
    ! grep -q ': ready$' "$scratch/log" || break
    sleep 0.05
done
port=$(sed -n 's/.*listening on 127\.0\.0\.1://p' "$scratch/log")
[ -n "$port" ] || { cat "$scratch/log"; exit 1; }

"$bench" --key "$scratch/key" --rounds 4 --seconds 0.4 --requests 800 --arrivals even --pid "$pid" 127.0.0.1 "$port" \
    >"$scratch/jsonl"
kill "$pid"
wait "$pid" || { cat "$scratch/log"; exit 1; }
pid=
cat "$scratch/jsonl"
python3 -c 'import json, sys
rounds = [json.loads(line) for line in sys.stdin]
r = rounds.pop()
turns = [row for row in rounds if row["record"] == "evaluator-half-load"]
rounds = [row for row in rounds if row["record"] == "evaluator-round"]
assert r["record"] == "evaluator-load" and r["tokens"] == 256 and len(rounds) == 4 and len(turns) == 8, r
best = max(row["service"] / row["all_threads"] for row in rounds)
assert best >= 0.8, "only %.2f of what as many threads of the library evaluate" % best
best = max(row["ratio_cpu_here"] for row in rounds)
assert best >= 0.8, "a second of processor time gives only %.2f of that" % best
best = min(row["p99_ms"] / row["alone_ms"] for row in turns)
assert best <= 3, "at half load the slowest of a hundred takes %.2f times what one alone does" % best
half = r["half_load"]
assert half["arrivals"] == "even" and half["requests"] == 800, half
assert half["p99_to_here"] <= 4, "at half load an answer takes long: %s" % half' <"$scratch/jsonl"
status=0
"$bench" --key "$scratch/key" --rounds 1 --seconds 0.1 127.0.0.1 "$port" 2>/dev/null || status=$?
[ "$status" = 2 ] # nobody is there any more
status=0
"$bench" --tokens 5 --key "$scratch/key" 127.0.0.1 "$port" 2>/dev/null || status=$?
[ "$status" = 64 ]
echo "ok"

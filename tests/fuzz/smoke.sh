#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Run the libFuzzer programs of a build for some seconds each, as many at a time as there are processors, or one of
# them: tests/fuzz/smoke.sh BUILD SECONDS [PROGRAM]
set -eu
build=$1
seconds=$2
if [ $# -eq 2 ]; then
    set -- "$build"/tests/*_libfuzzer
    [ -x "$1" ] || {
        echo "no fuzzer in $build/tests" >&2
        exit 1
    }
    printf '%s\0' "$@" | xargs -0 -n 1 -P "$(nproc)" sh "$0" "$build" "$seconds"
    exit
fi
fuzzer=$3
name=$(basename "$fuzzer")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/corpus" "$work/found"
for seeds in "$build"/tests/seeds_*; do
    "$seeds" "$work/corpus"
done
"$fuzzer" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$work/found/" "$work/corpus" >"$work/log" 2>&1 || {
    tail -n 60 "$work/log"
    echo "$name found something" >&2
    exit 1
}
echo "$name, $seconds s: $(grep 'number_of_executed_units' "$work/log")"

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Run every libFuzzer program of a build for some seconds: tests/fuzz/smoke.sh BUILD SECONDS
set -eu
build=$1
seconds=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/corpus"
for seeds in "$build"/tests/seeds_*; do
    "$seeds" "$work/corpus"
done
ran=0
for fuzzer in "$build"/tests/*_libfuzzer; do
    echo "== $(basename "$fuzzer"), $seconds s"
    mkdir "$work/found"
    # -close_fd_mask=1: decoders may print on stdout, findings go to stderr
    "$fuzzer" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$work/found/" "$work/corpus" >"$work/log" 2>&1 || {
        tail -n 60 "$work/log"
        echo "$(basename "$fuzzer") found something" >&2
        exit 1
    }
    grep 'number_of_executed_units' "$work/log"
    rm -rf "$work/found"
    ran=$((ran + 1))
done
[ "$ran" != 0 ] || {
    echo "no fuzzer in $build/tests" >&2
    exit 1
}

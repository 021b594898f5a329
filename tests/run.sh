#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Build everything and run all tests. Says what it does; run it as often as you like.
#
#   tests/run.sh [preset]     release (default), debug, asan or tsan
#
# Extra test data (reference hashes, RFC vectors, photos) is used when PHASH_TEST_DATA names its folder, or when it lies
# in ../shared/data; tests that need it say SKIP without it.
set -eu
cd "$(dirname "$0")/.."
preset=${1-release}
case "$preset" in
release | debug | asan | tsan) ;;
*)
    echo "usage: $0 [release|debug|asan|tsan]" >&2
    exit 64
    ;;
esac

echo "== Looking for what is needed"
sh scripts/install-deps.sh test

echo "== Building (build/$preset)"
cmake --preset "$preset" -DPHASH_TESTS=ON -DPHASH_BENCH=ON \
    ${PHASH_TEST_DATA:+"-DPHASH_TEST_DATA=$PHASH_TEST_DATA"} >/dev/null
cmake --build "build/$preset" --parallel "$(nproc)"

echo "== Running all tests"
status=0
ctest --test-dir "build/$preset" --output-on-failure --parallel "$(nproc)" || status=$?
# what the vector tests counted, and what was skipped and why
log=build/$preset/Testing/Temporary/LastTest.log
grep -hE '^SKIP|^pdq photos:|^oprf/|^[0-9]+ of [0-9]+ vectors' "$log" | sort -u || true
exit "$status"

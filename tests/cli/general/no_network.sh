#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Nothing asks for the network but what is given a URL: neither sockets nor names of hosts.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../service.sh
. "$here/service.sh"

offline() {
    ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0 \
        LD_PRELOAD=$PHASH_BINARY_DIR/tests/libno_network.so "$program" "$@"
}
make_list list photo-1.jpg photo-2.jpg
expect 0 offline key new --quiet --out key
expect 0 offline set build --quiet --key key --out set.phb list
expect 1 offline scan --list list "$pictures/half-1.jpg"
expect 1 offline scan --set set.phb --key key --journal journal "$pictures/half-1.jpg"
expect 0 offline hash "$pictures/half-1.jpg"
expect 0 offline dedup "$pictures/half-1.jpg" "$pictures/other-1.jpg"
expect 0 offline set inspect set.phb
expect 0 offline set verify set.phb
expect 0 offline selftest
expect 0 offline --version

# It does notice: an address, and a name.
need_http
for asked in "scan --set set.phb --evaluator http://127.0.0.1:9 --evaluator-timeout 1 list" \
    "scan --set set.phb --evaluator https://evaluator.invalid --evaluator-timeout 1 list" \
    "set fetch http://127.0.0.1:9/set --out new"; do
    # shellcheck disable=SC2086 # several words
    { offline $asked >out 2>err && fail "$asked: exit status 0"; } 2>/dev/null || :
    has err 'the network was asked for'
done

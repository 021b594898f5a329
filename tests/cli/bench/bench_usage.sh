#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# phash bench: help, version, and what is called wrongly.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

expect 0 phash bench --help
has out '^Usage: phash bench '
has out '^Exit status: 0 '
is_empty err
expect 0 phash bench --version
has out '^phash [0-9]+\.[0-9]+\.[0-9]+$'
expect 0 phash --help
has out '^  bench  '

wrong() {
    expect 64 phash bench "$@"
    is_empty out
    has err '^Try: phash bench --help'
}

wrong --nonsense
wrong -x
wrong --seconds
wrong --seconds -1
wrong --seconds 0.5
wrong --seconds 86401
wrong --jobs 0
wrong --jobs 1025
wrong --pipeline grey
wrong --pipeline exactly
wrong --views some
wrong --format csv
wrong --format ''
wrong --quiet=yes

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# --help and --version of every command, and of the program itself.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

for command in hash compare match scan merge 'set build' 'set inspect' 'set sign' 'set verify' 'set diff' \
    'set log' 'key new' selftest; do
    # shellcheck disable=SC2086 # a command of two words
    expect 0 phash $command --help
    has out "^Usage: phash $command "
    has out '^Exit status: 0 '
    is_empty err
    # shellcheck disable=SC2086
    expect 0 phash $command --version
    has out '^phash [0-9]+\.[0-9]+\.[0-9]+$'
    is_empty err
    expect 0 phash --help
    has out "^  $command  "
done
for word in --help help; do
    expect 0 phash $word
    has out '^Usage: phash COMMAND'
    is_empty err
done
expect 0 phash --version
has out '^decoders  .*JPEG.*PNG'
has out '^kernels   '
is_empty err
# Help comes before anything is read.
expect 0 phash scan --list no-such-list --help
expect 0 phash match --list no-such-list --help

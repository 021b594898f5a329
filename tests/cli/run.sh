#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Run one test script in an empty folder: run.sh SCRIPT.sh
#
# Where SCRIPT.stdout.exact lies beside it, the script's stdout must be that, byte for byte; where SCRIPT.exit lies
# beside it, its exit status must be the number in it, else 0. 77 means SKIP.
set -eu
script=$(realpath "$1")
base=${script%.sh}
PHASH_SOURCE_DIR=${PHASH_SOURCE_DIR:-$(realpath "$(dirname "$0")/../..")}
PHASH_BINARY_DIR=$(realpath "${PHASH_BINARY_DIR:-$PHASH_SOURCE_DIR/build}")
export PHASH_SOURCE_DIR PHASH_BINARY_DIR
unset SOURCE_DATE_EPOCH

scratch=$(mktemp -d)
# shellcheck disable=SC2317 # called by the trap
clean_up() {
    chmod -R u+rwx "$scratch"
    rm -rf "$scratch"
}
trap clean_up EXIT
mkdir "$scratch/in"
cd "$scratch/in"
umask 022

want=0
[ ! -e "$base.exit" ] || want=$(cat "$base.exit")
got=0
bash "$script" </dev/null >"$scratch/stdout" 2>"$scratch/stderr" || got=$?
if [ "$got" -eq 77 ]; then
    cat "$scratch/stdout"
    exit 77
fi
bad=no
if [ "$got" -ne "$want" ]; then
    echo "exit status $got instead of $want"
    bad=yes
fi
if [ -e "$base.stdout.exact" ] && ! diff -a "$base.stdout.exact" "$scratch/stdout"; then
    echo "stdout is not $base.stdout.exact"
    bad=yes
fi
[ "$bad" = yes ] || exit 0
echo "--- stdout"
head -c 4000 "$scratch/stdout"
echo "--- stderr"
head -c 4000 "$scratch/stderr"
exit 1

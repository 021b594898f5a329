#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Scan bundles of pictures as they come out of a store, without unpacking them: tar-stream.sh LIST RESULT BUNDLE...
#
# Stands for `hadoop fs -cat` or `aws s3 cp ... -`: what writes a tar stream can be put in place of gzip. A bundle is
# one input of the engine, so millions of small files are none of its business.
set -eu
list=$1 result=$2
shift 2
status=0
for bundle in "$@"; do
    gzip -dc -- "$bundle" |
        "${PHASH:-phash}" scan --quiet --format jsonl --list "$list" --tar - >"$result.$(basename "$bundle").jsonl" ||
        [ $? -le 2 ] || status=1
done
exit "$status"

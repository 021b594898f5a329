#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Scan a folder in parts with xargs, and merge them: xargs.sh LIST FOLDER RESULT [PARTS] [AT-A-TIME]
set -eu
list=$1 folder=$2 result=$3 parts=${4:-8} at_a_time=${5:-2}
here=$(dirname "$0")
mkdir -p "$result.parts"
seq "$parts" | xargs -P "$at_a_time" -I '{}' \
    sh "$here/scan-part.sh" "$list" "$folder" '{}' "$parts" "$result.parts"
"${PHASH:-phash}" merge --expect "$parts" --output "$result" "$result.parts"/part-*[0-9]
rm -r "$result.parts"

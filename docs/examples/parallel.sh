#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Scan a folder in parts with GNU parallel, and merge them: parallel.sh LIST FOLDER RESULT [PARTS] [AT-A-TIME]
#
# With --sshlogin HOST,... in front of `sh` the parts run on several machines that share the folder.
set -eu
list=$1 folder=$2 result=$3 parts=${4:-8} at_a_time=${5:-2}
here=$(dirname "$0")
mkdir -p "$result.parts"
seq "$parts" | parallel --jobs "$at_a_time" --halt soon,fail=1 \
    sh "$here/scan-part.sh" "$list" "$folder" '{}' "$parts" "$result.parts"
"${PHASH:-phash}" merge --expect "$parts" --output "$result" "$result.parts"/part-*[0-9]
rm -r "$result.parts"

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# One part of a scan, for any engine that starts programs:
#
#   scan-part.sh LIST FOLDER PART COUNT WORK
#
# leaves WORK/part-PART. A part that is there already is not scanned again, so the whole may be started again after a
# failure. PHASH names the program, JOBS the threads of a part (default 1).
set -eu
list=$1 folder=$2 part=$3 count=$4 work=$5
out=$work/part-$part
[ ! -e "$out" ] || exit 0

status=0
"${PHASH:-phash}" scan --list "$list" --format jsonl --shard "$part/$count" --jobs "${JOBS:-1}" --quiet "$folder" \
    >"$out.unfinished" || status=$?
# 0, 1 and 2 are answers: nothing matched, something matched, something could not be judged. But 2 is also the status of
# a run that failed; then the last line is not the summary of a part.
if [ "$status" -gt 2 ] || ! tail -n 1 "$out.unfinished" | grep -q '"shard":{"walked":'; then
    echo "part $part of $count failed with status $status" >&2
    exit 1
fi
mv "$out.unfinished" "$out"

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Hash the files that another program finds, 100 to a process: parallel-pipe.sh FOLDER RESULT [AT-A-TIME]
#
# Lines of phash hash stand for themselves, so there is nothing to merge; --keep-order keeps them in the order of the
# names.
set -eu
folder=$1 result=$2 at_a_time=${3:-2}
find "$folder" -type f -print0 | LC_ALL=C sort -z |
    parallel --jobs "$at_a_time" --pipe --recstart '' --recend '\0' -N 100 --keep-order \
        "${PHASH:-phash} hash --quiet --jobs 1 -0 --files-from -" >"$result"

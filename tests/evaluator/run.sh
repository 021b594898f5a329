#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh TEST.py [--seed N]: one test of phash-evaluator.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 8))' 2>/dev/null; then
    echo "SKIP: no python3 of version 3.8 or later"
    exit 77
fi
test=$1
shift
exec python3 -B "$here/$test" "$@"

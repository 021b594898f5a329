#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# From photos to the tables of docs/performance.md: makes copies of several sizes and runs bench-throughput on them.
#
#   bench/throughput/run.sh [--build FOLDER] [--copies FOLDER] [--seconds S] PHOTO_OR_FOLDER...
#
# The copies (about 240 MB) are kept for the next run.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
build=$root/build
copies=
seconds=5
while [ $# -gt 1 ]; do
    case $1 in
    --build) build=$2 ;;
    --copies) copies=$2 ;;
    --seconds) seconds=$2 ;;
    *) break ;;
    esac
    shift 2
done
if [ $# -eq 0 ] || [ "${1#--}" != "$1" ]; then
    echo "usage: $0 [--build FOLDER] [--copies FOLDER] [--seconds S] PHOTO_OR_FOLDER..." >&2
    echo "Photos: the 24 Kodak photographs, or /usr/share/backgrounds/mate/nature of Debian's mate-backgrounds." >&2
    exit 64
fi
copies=${copies:-$build/bench/copies}

if [ ! -x "$build/bin/bench-throughput" ]; then
    echo "There is no $build/bin/bench-throughput. Build it: cmake -B $build && cmake --build $build" >&2
    exit 2
fi
python=
for candidate in python3 /usr/bin/python3; do
    if "$candidate" -c 'import PIL' 2>/dev/null; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    echo "Making the copies needs Python with Pillow. On Debian: apt-get install python3-pil" >&2
    exit 2
fi

echo "Making the copies in $copies (minutes, the first time)" >&2
"$python" "$root/bench/throughput/copies.py" "$copies" "$@"
date '+%Y-%m-%d'
uname -srm
sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | sort | uniq -c
build=$(cd "$build" && pwd)
cd "$copies"
exec "$build/bin/bench-throughput" --seconds "$seconds" \
    500x375.jpeg 640x480.jpeg 1632x1224.jpeg 4000x3000.jpeg 8160x6120.jpeg \
    500x375.png 640x480.png 1632x1224.png 4000x3000.png 8160x6120.png

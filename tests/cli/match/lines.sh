#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The lines of each format, byte for byte: text in, text out.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

h=f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22
near=e8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22
far=000000cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22
printf '%s,100,"a, b.jpg"\n%s,7,c.jpg\n' "$h" "$near" >one.csv
printf '%s\n%s,of two\n' "$near" "$near" >two.csv
cat >queries <<END
# the picture itself
$h,99,x.jpg

$near,50,y
$far
not a hash
$h,49,low.jpg
$far,100,z "quoted"
END

# The version is the one thing that changes.
run() {
    local status=0
    phash match "$@" >out || status=$?
    sed 's/"version":"[^"]*"/"version":"-"/' out
    echo "exit status $status"
}
run --list one.csv --list two.csv queries
run --list one.csv --radius 0 queries
run --list two.csv --format csv queries
run --list one.csv --format human <queries
run --list one.csv --format human --quiet - <queries
cp one.csv same.csv
run --list one.csv <same.csv
: >nothing
run --list one.csv nothing

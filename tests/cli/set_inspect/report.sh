#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What set inspect says of a sound set.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

random_hashes 300 11 >list.csv
expect 0 phash key new --quiet --out key
expect 0 phash set build --quiet --key key --out set.phb --created 2026-01-01 list.csv
size=$(wc -c <set.phb)
expect 0 phash set inspect set.phb
is_empty err
sed -E 's/[0-9a-f]{64}/DIGEST/; s/[0-9a-f]{32}/ID/; s/^(file size +).*/\1SIZE/; s/^(records +)16800 /\1RECORDS /' out
has out "^file size     $size bytes, $((size / 300))\\.[0-9] an entry\$"
has out '^records       16800 bytes of it, 56\.0 an entry: 48 and what labels need$'

expect 0 phash set inspect --format jsonl set.phb
is "$(wc -l <out)" 1 "lines"
has out '^\{"type":"set","name":"set","format":1,"id":"[0-9a-f]{32}","sequence":1,"created":1767225600,'
has out "\"entries\":300,\"file_size\":$size,\"record_bytes\":16800,\"bands\":6,\"budget\":256,"
has out ',"key_id":"[0-9a-f]{32}","digest":"sha256:[0-9a-f]{64}","previous":null,"rules":"",'
has out ',"lists":\[\{"name":"list.csv","entries":300,"radius":31\}\],'
has out '"signatures":\[\],"sound":true\}$'
# The digest names the edition: scan tells the same.
digest=$(sed -E 's/.*"digest":"(sha256:[0-9a-f]{64})".*/\1/' out)
expect 0 phash scan --set set.phb --key key --format jsonl "$pictures/other-1.jpg"
has out "\"header\".*\"digest\":\"$digest\""

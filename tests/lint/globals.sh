#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Handles are the only state.
. "$(dirname "$0")/lint_common.sh"
checks "no object of the libraries has writable global or static data"

[ -z "$(cached PHASH_SANITIZE)" ] || skip "sanitizers add data of their own"
command -v nm >/dev/null || skip "no nm"
find "$build/libphash" -name '*.o' 2>/dev/null | sort >"$scratch/objects"
[ -s "$scratch/objects" ] || skip "nothing is built in the build folder"

# .data.rel.ro is constant once the addresses in it are filled in.
while read -r object; do
    nm --format=sysv --defined-only "$object" | awk -F'|' -v object="${object#"$build"/}" '
        NF >= 7 {
            section = $NF; gsub(/[ \t]/, "", section); gsub(/[ \t]/, "", $1)
            if (section ~ /^(\.data|\.bss|\.tdata|\.tbss|\*COM\*)/ && section !~ /^\.data\.rel\.ro/)
                print object ": " $1 " is writable (" section ")"
        }' >>"$findings"
done <"$scratch/objects"
finish

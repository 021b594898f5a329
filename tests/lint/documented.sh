#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Contracts are written where they are read.
. "$(dirname "$0")/lint_common.sh"
checks "every PHASH_API function has a /** comment directly above; internal declarations belong to a comment"

for header in libphash/include/phash/*.h; do
    awk -v file="$header" '
        /\/\*/ { doc = ($0 ~ /\/\*\*/) }
        /^(PHASH_NODISCARD )?PHASH_API / && !(above && doc) {
            name = $0; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name)
            print file ":" FNR ": " name " has no /** comment directly above"
        }
        { above = ($0 ~ /\*\/[ \t]*$/) }
    ' "$header" >>"$findings"
done

# A paragraph of declarations may share one comment. The two kinds of init that every
# kernel family has need no words.
find libphash -name '*.h' ! -path 'libphash/include/*' | sort >"$scratch/headers"
while read -r header; do
    awk -v file="$header" '
        /^[ \t]*$/ { told = 0 }
        /\/\*/ { told = 1 }
        /^[a-zA-Z].*[ *]phash_[a-z0-9_]*\(/ && !/_(kernels_init|init_(sse2|ssse3|avx2|avx512|neon))\(/ && !told {
            name = $0; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name)
            print file ":" FNR ": " name " has no comment"
        }
    ' "$header" >>"$findings"
done <"$scratch/headers"
finish

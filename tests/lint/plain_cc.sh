#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The library must not depend on its build system.
. "$(dirname "$0")/lint_common.sh"
checks "cc -ffp-contract=off -Ilibphash -Ilibphash/include -c compiles every source file, without CMake"

command -v cc >/dev/null || skip "no cc"
has() {
    printf '#include <stdio.h>\n#include <%s>\n' "$1" >"$scratch/has.c"
    cc -fsyntax-only "$scratch/has.c" >/dev/null 2>&1
}
codec=yes private=yes
has jpeglib.h && has png.h || codec=no
has openssl/evp.h || private=no
for file in libphash/*/*.c libphash/*/*/*.c; do
    [ -f "$file" ] || continue
    case $file in
    libphash/image/*) [ $codec = yes ] || continue ;;
    libphash/oprf/*) [ $private = yes ] || continue ;;
    esac
    cc -ffp-contract=off -Ilibphash -Ilibphash/include -c "$file" -o "$scratch/out.o" >"$scratch/log" 2>&1 ||
        echo "$file: $(grep -m1 error "$scratch/log")" >>"$findings"
    [ -s "$scratch/log" ] && echo "$file: warns: $(head -n 1 "$scratch/log")" >>"$findings"
done
finish

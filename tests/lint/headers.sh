#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Headers need nothing before them.
. "$(dirname "$0")/lint_common.sh"
checks "public headers compile alone as C11 and C++17, internal ones as C11, with every compiler that is here"

warnings='-Wall -Wextra -Werror'
c_compilers=
cxx_compilers=
for c in "$(cached CMAKE_C_COMPILER)" cc gcc clang; do
    [ -n "$c" ] && command -v "$c" >/dev/null && c_compilers="$c_compilers $c"
done
for c in c++ g++ clang++; do
    command -v "$c" >/dev/null && cxx_compilers="$cxx_compilers $c"
done
[ -n "$c_compilers" ] || skip "no C compiler"

# $1 compiler, $2 language, $3 standard, $4 include line, then flags: one finding when that is refused.
try() {
    compiler=$1 language=$2 std=$3 header=$4
    shift 4
    echo "#include $header" >"$scratch/alone.$language"
    # shellcheck disable=SC2086 # several words on purpose
    "$compiler" "-std=$std" $warnings "$@" -fsyntax-only "$scratch/alone.$language" >"$scratch/log" 2>&1 ||
        echo "$header: refused by $compiler -std=$std: $(grep -m1 error "$scratch/log")" >>"$findings"
}

# Which internal headers need a library that may be missing here?
has() {
    printf '#include <stdio.h>\n#include <%s>\n' "$1" >"$scratch/has.c"
    cc -fsyntax-only "$scratch/has.c" >/dev/null 2>&1
}
without=
has openssl/evp.h || without='^libphash/oprf/'
has jpeglib.h && has png.h || without="${without:+$without|}^libphash/image/"

for compiler in $(printf '%s\n' "$c_compilers" | tr ' ' '\n' | sort -u); do
    for header in libphash/include/phash/*.h; do
        try "$compiler" c c11 "<phash/${header##*/}>" -Ilibphash/include -pedantic
    done
    find libphash -name '*.h' ! -path 'libphash/include/*' ! -path '*/arm/*' | sort >"$scratch/internal"
    while read -r header; do
        grep -q '^#error "included by' "$header" && continue # a template, which says so
        [ -n "$without" ] && printf '%s\n' "$header" | grep -Eq "$without" && continue
        try "$compiler" c c11 "\"${header#libphash/}\"" -Ilibphash -Ilibphash/include
    done <"$scratch/internal"
done
for compiler in $cxx_compilers; do
    for header in libphash/include/phash/*.h; do
        try "$compiler" cc c++17 "<phash/${header##*/}>" -Ilibphash/include -pedantic
    done
done
finish

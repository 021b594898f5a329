#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Names that leave an object file, and names that leave a library.
. "$(dirname "$0")/lint_common.sh"
checks "global symbols start with phash_; a shared library exports what its public headers declare, and no more"

[ -z "$(cached PHASH_SANITIZE)" ] || skip "sanitizers add symbols of their own"
command -v nm >/dev/null || skip "no nm"
find "$build/libphash" -name '*.o' 2>/dev/null | sort >"$scratch/objects"
[ -s "$scratch/objects" ] || skip "nothing is built in the build folder"

while read -r object; do
    nm -g --defined-only "$object" | awk -v object="${object#"$build"/}" \
        'NF == 3 && $3 !~ /^phash_/ { print object ": " $3 " does not start with phash_" }' >>"$findings"
done <"$scratch/objects"
[ "${PHASH_LINT_QUICK:-}" = 1 ] && finish # the shared build takes a while

# What headers promise, sorted; the names of functions behind PHASH_API.
declared() {
    grep -hv '^ *#' "$@" | tr '\n' ' ' | grep -o 'PHASH_API [^;(]*(' | sed 's/($//; s/.*[ *]//' | sort
}

codec=$(cached PHASH_CODEC)
private=$(cached PHASH_PRIVATE)
if ! cmake -S . -B "$scratch/shared" -DBUILD_SHARED_LIBS=ON -DPHASH_TESTS=OFF -DPHASH_TOOLS=OFF -DPHASH_BENCH=OFF \
    -DPHASH_CODEC="${codec:-ON}" -DPHASH_PRIVATE="${private:-ON}" -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_C_FLAGS=-O0 -DCMAKE_C_COMPILER="$(cached CMAKE_C_COMPILER)" >"$scratch/log" 2>&1 ||
    ! cmake --build "$scratch/shared" -j2 >"$scratch/log" 2>&1; then
    grep -m5 -i error "$scratch/log"
    echo "the shared libraries do not build" >>"$findings"
    finish
fi

include=libphash/include/phash
for library in phash phash-codec phash-private; do
    file=$(find "$scratch/shared" -name "lib$library.so" | head -n 1)
    [ -n "$file" ] || continue
    case $library in
    phash-codec) declared $include/image.h ;;
    phash-private) declared $include/set.h $include/private.h $include/digests.h ;;
    *)
        find $include -name '*.h' ! -name image.h ! -name set.h ! -name private.h \
            ! -name digests.h >"$scratch/core"
        while read -r header; do declared "$header"; done <"$scratch/core"
        ;;
    esac | sort -u >"$scratch/promised"
    nm -D --defined-only "$file" | awk 'NF == 3 { print $3 }' | sort -u >"$scratch/exported"
    comm -23 "$scratch/promised" "$scratch/exported" | sed "s/^/lib$library: declared but not exported: /" >>"$findings"
    comm -13 "$scratch/promised" "$scratch/exported" | sed "s/^/lib$library: exported but not declared: /" >>"$findings"
done
finish

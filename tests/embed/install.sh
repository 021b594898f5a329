#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Install static and shared builds, and build embed.c against them with CMake's package and with pkg-config.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for shared in OFF ON; do
    prefix=$work/prefix-$shared
    echo "== BUILD_SHARED_LIBS=$shared"
    cmake -S "$PHASH_SOURCE_DIR" -B "$work/build-$shared" \
        -DBUILD_SHARED_LIBS=$shared -DPHASH_TESTS=OFF -DPHASH_BENCH=OFF -DCMAKE_C_FLAGS_RELEASE=-O1 \
        -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_INSTALL_LIBDIR=lib >/dev/null
    cmake --build "$work/build-$shared" >/dev/null
    cmake --install "$work/build-$shared" >/dev/null
    LD_LIBRARY_PATH=$prefix/lib
    export LD_LIBRARY_PATH
    "$prefix/bin/phash" --version | head -n 1

    cmake -S "$PHASH_SOURCE_DIR/tests/embed" -B "$work/cmake-$shared" -DCMAKE_PREFIX_PATH="$prefix" >/dev/null
    cmake --build "$work/cmake-$shared" >/dev/null
    echo "find_package: $("$work/cmake-$shared/embed")"

    static=--static
    [ "$shared" = OFF ] || static=
    # shellcheck disable=SC2046,SC2086 # words on purpose
    cc "$PHASH_SOURCE_DIR/tests/embed/embed.c" -o "$work/embed-$shared" \
        $(PKG_CONFIG_PATH=$prefix/lib/pkgconfig pkg-config $static --cflags --libs phash-private phash)
    echo "pkg-config: $("$work/embed-$shared")"
done

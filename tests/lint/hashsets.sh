#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The sample lists can be made again: hash the photographs of Debian's package and compare.
set -eu
photos=/usr/share/backgrounds/mate/nature
folder=$PHASH_SOURCE_DIR/hashsets/mate-nature
phash=$PHASH_BINARY_DIR/bin/phash

echo "hashsets/mate-nature agrees with the photographs it was made from"
if [ ! -d "$photos" ]; then
    echo "SKIP: Debian's mate-backgrounds is not installed"
    exit 77
fi
if [ ! -x "$phash" ]; then
    echo "SKIP: phash is not built"
    exit 77
fi
if ! (cd "$photos" && sha256sum --quiet --check "$folder/manifest.sha256"); then
    echo "the installed photographs are not those the list was made from"
    exit 1
fi
(cd "$photos" && "$phash" hash -- *.jpg) | cmp - "$folder/list.csv"

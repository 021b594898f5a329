#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Install what is missing of the Debian packages that a purpose needs.
#
#   scripts/install-deps.sh build|demo|test|ci
#
# Says what it does. Works as root and through sudo; where neither is possible it prints the command to ask an
# administrator for, and exits with 1.
set -eu

build="gcc make cmake pkg-config libc6-dev libjpeg62-turbo-dev libpng-dev libssl-dev
    libwebp-dev libtiff-dev libde265-dev libavif-dev libjxl-dev libcurl4-openssl-dev libmicrohttpd-dev
    libsqlite3-dev"
demo="$build libjpeg-turbo-progs mate-backgrounds"
test="$build check g++ python3 libjpeg-turbo-progs"
ci="$test nginx-light openssl mate-backgrounds clang libclang-rt-14-dev shellcheck valgrind gcc-aarch64-linux-gnu
    qemu-user-static git man-db groff util-linux python3-pil python3-numpy parallel
    slurmctld slurmd slurm-client python3-distributed imagemagick webp libheif-examples libavif-bin libjxl-tools
    libimage-exiftool-perl"

case "${1-}" in
build) wanted=$build ;;
demo) wanted=$demo ;;
test) wanted=$test ;;
ci) wanted=$ci ;;
*)
    echo "usage: $0 build|demo|test|ci" >&2
    exit 64
    ;;
esac

if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "This is not a Debian system. Install the equivalents of these Debian 12 packages by hand:" >&2
    printf '    %s\n' "$wanted" >&2
    exit 1
fi

missing=
for package in $wanted; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || state=absent
    [ "$state" = installed ] || missing="$missing $package"
done
if [ -z "$missing" ]; then
    echo "All Debian packages that are needed are installed."
    exit 0
fi

echo "Missing Debian packages:$missing"
if [ "$(id -u)" = 0 ]; then
    as_root=
elif command -v sudo >/dev/null 2>&1 && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
    as_root=sudo
    echo "Installing them with sudo, which may ask for your password."
else
    echo "You are not root and cannot use sudo. Ask an administrator to run:" >&2
    echo "    apt-get update && apt-get install --yes --no-install-recommends$missing" >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # the names are words on purpose
if ! { $as_root apt-get update --quiet=2 &&
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet=2 --no-install-recommends $missing; } \
    >build-packages.log 2>&1; then
    cat build-packages.log >&2
    rm -f build-packages.log
    echo "The packages could not be installed: see above." >&2
    exit 1
fi
rm -f build-packages.log
echo "Installed."

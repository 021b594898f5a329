# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# What the lints share; read in with `.`. A lint writes one line per finding to $findings and ends with `finish`.

# The programs are told to speak plain English and bytes, so that their output can be compared.
LC_ALL=C
export LC_ALL

root=${PHASH_SOURCE_DIR:-$(cd "$(dirname "$0")/../.." && pwd)}
build=${PHASH_BINARY_DIR:-$root/build}
cd "$root" || exit 1
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
findings=$scratch/findings
: >"$findings"

checks() {
    echo "checks: $*"
}

skip() {
    echo "SKIP: $*"
    exit 77
}

find_in_tree() {
    find . \( -name .git -o -path './build*' -o -name __pycache__ \) -prune -o -type f "$@" -print |
        sed 's|^\./||' | sort
}

c_files() {
    find_in_tree \( -name '*.[ch]' -o -name '*.c.in' \)
}

# The value of a CMake variable in the build folder.
cached() {
    sed -n "s/^$1:[A-Z]*=//p" "$build/CMakeCache.txt" 2>/dev/null
}

finish() {
    if [ -s "$findings" ]; then
        cat "$findings"
        echo "$(wc -l <"$findings") finding(s)"
        exit 1
    fi
    echo "ok"
    exit 0
}

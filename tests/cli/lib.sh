# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the command-line tests share; read in with `.`. Tests run in an empty folder of their own, see run.sh.

LC_ALL=C
export LC_ALL
program=$PHASH_BINARY_DIR/bin/phash
pictures=$PHASH_BINARY_DIR/tests/pictures
here=$PHASH_SOURCE_DIR/tests/cli
# Used by the scripts that read this file.
: "$program" "$pictures"

phash() {
    "$program" "$@"
}

fail() {
    echo "FAIL: $*" >&2
    exit 1
}

# expect STATUS COMMAND...: run it with its output in the files out and err; its exit status must be STATUS.
expect() {
    local want=$1 got=0
    shift
    "$@" >out 2>err || got=$?
    if [ "$got" -ne "$want" ]; then
        {
            printf 'FAIL: exit status %d instead of %d:' "$got" "$want"
            printf ' %q' "$@"
            printf '\n--- stdout\n'
            head -c 2000 out
            printf -- '--- stderr\n'
            head -c 2000 err
        } >&2
        exit 1
    fi
}

# has FILE REGEX: some line of FILE must match.
has() {
    grep -aEq -e "$2" "$1" || fail "$1 has no line like: $2; it begins: $(head -n 5 "$1")"
}

lacks() {
    ! grep -aEq -e "$2" "$1" || fail "$1 has a line like: $2: $(grep -aE -m1 -e "$2" "$1")"
}

is_empty() {
    [ ! -s "$1" ] || fail "$1 is not empty: $(head -n 3 "$1")"
}

# is GOT WANT [WHAT]
is() {
    [ "$1" = "$2" ] || fail "${3:-value}: '$1' instead of '$2'"
}

# same FILE FILE
same() {
    cmp -s "$1" "$2" || fail "$1 and $2 differ: $(diff -a "$1" "$2" | head -n 6)"
}

skip() {
    echo "SKIP: $*"
    exit 77
}

# Python reads JSON and CSV back; records.py knows the records. The program text comes from stdin.
# shellcheck disable=SC2120 # the arguments come from scripts
py_with() { # ARGUMENT...
    command -v python3 >/dev/null || skip "no python3"
    PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$here python3 - "$@"
}

py() {
    # shellcheck disable=SC2119
    py_with
}

# A list of the hashes of pictures: make_list FILE PICTURE...
make_list() {
    local file=$1
    shift
    (cd "$pictures" && "$program" hash -- "$@") >"$file"
}

# n different hashes, one a line, from a seed: random_hashes N SEED
random_hashes() {
    awk -v n="$1" -v seed="$2" 'BEGIN {
        srand(seed)
        for (i = 0; i < n; i++) {
            line = ""
            for (k = 0; k < 16; k++)
                line = line sprintf("%04x", int(rand() * 65536))
            print line ",entry " i
        }
    }'
}

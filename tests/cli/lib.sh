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

# Ed25519 keys of three signers, 1 to 3: secret-N.pem and public-N.pem in this folder, keys in the array signer_key.
# The seeds are those of RFC 8032, section 7.1, which everybody knows.
make_signers() {
    local secrets=(- nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A= TM0Imyj/ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U+4pvs=
        xaqN9D+fg3vtt0QvMdy3sWbThTUHbwlLhc46LgtEWPc=) i
    signer_key=(- d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a
        3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c
        fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025)
    for i in 1 2 3; do
        # DER heads of RFC 8410: they end where the 32 bytes begin
        pem "PRIVATE KEY" "302e020100300506032b657004220420$(base64 -d <<<"${secrets[i]}" | xxd_plain)" >"secret-$i.pem"
        chmod 600 "secret-$i.pem"
        pem "PUBLIC KEY" "302a300506032b6570032100${signer_key[i]}" >"public-$i.pem"
    done
}

xxd_plain() {
    od -An -v -tx1 | tr -d ' \n'
}

# pem WORDS HEX
pem() {
    local escaped='' rest=$2
    while [ -n "$rest" ]; do
        escaped+="\\x${rest:0:2}"
        rest=${rest:2}
    done
    printf -- '-----BEGIN %s-----\n%s\n-----END %s-----\n' "$1" "$(printf '%b' "$escaped" | base64 -w0)" "$1"
}

# hostile COMMAND...: phash with a decoder that does what a file tells it to (tests/support/hostile_codec.c).
hostile() {
    ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0 \
        LD_PRELOAD=$PHASH_BINARY_DIR/tests/libhostile_codec.so "$program" "$@"
}

# hostile_picture WORD FILE: a photo whose comment holds the word for that decoder.
hostile_picture() {
    {
        printf '\377\330\377\376\0\040PHASH-TEST %-19s' "$1"
        tail -c +3 "$pictures/other-1.jpg"
    } >"$2"
}

# Does the decoder above take part? It does not where the JPEG library is linked statically.
need_hostile() {
    local got=0
    hostile_picture crash control.jpg
    expect 0 phash hash --no-sandbox control.jpg
    { hostile hash --no-sandbox control.jpg >/dev/null 2>&1; } 2>/dev/null || got=$?
    [ "$got" -ne 0 ] || skip "libjpeg cannot be replaced by LD_PRELOAD"
}

# Print "enforced" or "absent": what this build and kernel can do.
sandbox_state() {
    phash scan --list list --format jsonl "$pictures/tiny.png" | grep -ao '"sandbox":"[a-z]*"' | cut -d '"' -f 4
}

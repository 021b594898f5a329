#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A lint that cannot fail checks nothing: each is shown a copy of the tree with one violation planted.
. "$(dirname "$0")/lint_common.sh"
checks "every lint fails when what it forbids is planted"

here=$root/tests/lint
tree=$scratch/tree
objects=$scratch/built

# A fresh copy, without what is built.
copy() {
    rm -rf "$tree"
    mkdir "$tree"
    tar -cf - --exclude=./.git --exclude='./build*' --exclude=__pycache__ . | tar -xf - -C "$tree"
}

# $1 lint, $2 a word of the finding: the lint must fail on the copy and name it. Nothing else counts as failing.
# A lint runs once on each state of the copy, however many findings are expected of it.
expect() {
    state=$(find "$tree" "$objects" -type f -printf '%p %s %T@\n' 2>/dev/null | sort | cksum)
    if [ "$(cat "$scratch/state.$1" 2>/dev/null)" != "$state" ]; then
        PHASH_SOURCE_DIR=$tree PHASH_BINARY_DIR=$objects sh "$here/$1.sh" >"$scratch/out.$1" 2>&1
        echo $? >"$scratch/code.$1"
        echo "$state" >"$scratch/state.$1"
    fi
    code=$(cat "$scratch/code.$1")
    if [ "$code" -ne 1 ] || ! grep -q -- "$2" "$scratch/out.$1"; then
        echo "$1.sh did not find '$2' (exit $code)" >>"$findings"
    else
        echo "  $1.sh finds $2"
    fi
}

# $1 a C text: the only object of a build folder.
compile() {
    rm -rf "$objects"
    mkdir -p "$objects/libphash"
    echo "$1" >"$scratch/planted.c"
    cc -c "$scratch/planted.c" -o "$objects/libphash/planted.o" || exit 1
}

# $1 file in the copy, $2 printf format of what is put at its end.
plant() {
    mkdir -p "$tree/$(dirname "$1")"
    # shellcheck disable=SC2059 # the format is the text
    printf "$2" >>"$tree/$1"
}

spdx='/* SPDX-License-Identifier: Apache-2.0 */\n'
copy
plant libphash/simd/planted_up.c "$spdx"'#include "hash/fingerprint.h"\n'
plant libphash/util/planted_side.h "$spdx"'#include <png.h>\n'
plant tools/planted_tool.c "$spdx"'#include "util/mem.h"\n'
plant libphash/index/planted_public.h "$spdx"'#include <phash/no_such.h>\n'
plant tools/walk/planted_up.c "$spdx"'#include "batch/batch.h"\n'
expect floors 'libphash/simd/planted_up.c'
expect floors 'libphash/util/planted_side.h'
expect floors 'tools/planted_tool.c'
expect floors 'tools/walk/planted_up.c'
expect floors 'libphash/index/planted_public.h'

copy
plant libphash/include/phash/planted.h "$spdx"'uint32_t f(void);\n'
plant libphash/include/phash/planted_cxx.h "$spdx"'int f(int class);\n'
plant libphash/util/planted_alone.h "$spdx"'size_t g(void);\n'
expect headers '<phash/planted.h>.*std=c11'
expect headers '<phash/planted_cxx.h>.*std=c++17'
expect headers '"util/planted_alone.h"'

copy
plant libphash/include/phash/phash.h '\nPHASH_API int phash_planted_bare(void);\n'
plant libphash/include/phash/phash.h '\n/* No contract. */\nPHASH_API int phash_planted_plain(void);\n'
plant libphash/util/mem.h '\nint phash_planted_internal(void);\n'
expect documented phash_planted_bare
expect documented phash_planted_plain
expect documented phash_planted_internal

copy
plant libphash/util/planted.c "$spdx"'#include <util/no_such.h>\n'
expect plain_cc libphash/util/planted.c

copy
plant libphash/util/planted_licence.c 'int phash_a;\n'
plant libphash/util/planted_tab.c "$spdx"'\tint phash_b;\n'
plant libphash/util/planted_space.c "$spdx"'int phash_c; \n'
plant libphash/util/planted_cr.c "$spdx"'int phash_d;\r\n'
plant libphash/util/planted_wide.c "$spdx"'/* %%0130d */\n'
sed 's/%0130d/'"$(printf '%0130d' 0)"'/' "$tree/libphash/util/planted_wide.c" >"$scratch/wide"
cp "$scratch/wide" "$tree/libphash/util/planted_wide.c"
plant libphash/util/planted_hidden.c "$spdx"'/* \342\200\213 */\n'
plant libphash/util/planted_mark.c "$spdx"'/* TO''DO */\n'
plant libphash/simd/mem.c "$spdx"
plant libphash/util/planted_long.c "$spdx"'int phash_f(void)\n{\n'"$(yes '    ;\n' | head -n 71 | tr -d '\n')"'}\n'
plant libphash/util/planted_large.c "$spdx$(yes '\n' | head -n 600 | tr -d '\n')"
for name in licence.c:1 tab space cr wide hidden mark long large; do
    expect style "planted_$name"
done
expect style 'mem.c: more than one file'

copy
plant docs/planted_path.md 'Look into /ro''ot/there.\n'
plant docs/planted_talk.md 'Written by a sub''agent.\n'
expect words docs/planted_path.md
expect words docs/planted_talk.md

copy
# shellcheck disable=SC2016 # the dollar is the violation
plant tests/lint/planted.sh '#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\nrm $1\n'
command -v shellcheck >/dev/null && expect shell tests/lint/planted.sh

copy
PHASH_LINT_QUICK=1
export PHASH_LINT_QUICK
compile 'int not_ours(void); int not_ours(void) { return 0; }'
expect symbols not_ours
compile 'static int counter; int phash_count(void); int phash_count(void) { return ++counter; }'
expect globals counter
compile 'int phash_level = 3;'
expect globals phash_level
PHASH_LINT_QUICK=0

# The shared build: a promise nobody keeps, and a function nobody promised.
compile 'int phash_nothing(void); int phash_nothing(void) { return 0; }'
printf 'PHASH_CODEC:BOOL=OFF\nPHASH_PRIVATE:BOOL=OFF\nCMAKE_C_COMPILER:STRING=cc\n' >"$objects/CMakeCache.txt"
plant libphash/include/phash/hash.h '\nPHASH_API int phash_planted_promise(void);\n'
plant libphash/util/status.c '\nPHASH_API int phash_planted_export(void);\n'
plant libphash/util/status.c 'int phash_planted_export(void)\n{\n    return 0;\n}\n'
expect symbols 'not exported: phash_planted_promise'
expect symbols 'not declared: phash_planted_export'
finish

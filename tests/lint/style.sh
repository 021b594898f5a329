#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Form that a program can judge.
. "$(dirname "$0")/lint_common.sh"
checks "SPDX line, tabs, trailing space, 120 columns, CR, invisible characters, unique names, sizes, left-over marks"

find_in_tree \( -name '*.[ch]' -o -name '*.c.in' -o -name '*.sh' -o -name '*.py' -o -name '*.cmake' \
    -o -name '*.md' -o -name CMakeLists.txt \) >"$scratch/files"

# Split so that this file does not find itself.
marks='TO''DO|FIX''ME|XX''X|HA''CK'
while read -r file; do
    case $file in
    *.h | *.c | *.c.in | */CMakeLists.txt | CMakeLists.txt | cmake/*.cmake | tests/support/*.cmake)
        head -n 1 "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0' ||
            echo "$file:1: no SPDX line" >>"$findings"
        ;;
    *.sh | *.py)
        head -n 2 "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0' ||
            echo "$file:1: no SPDX line" >>"$findings"
        ;;
    esac
    # Tables and links in prose cannot be broken.
    awk -v file="$file" -v code="$(case $file in *.md) echo 0 ;; *) echo 1 ;; esac)" '
        function say(what) { print file ":" FNR ": " what }
        /\r/ { say("carriage return") }
        /[ \t]$/ { say("space at the end of the line") }
        code && /\t/ { say("tab") }
        code && length($0) > 120 { say("longer than 120 bytes") }
        !code && length($0) > 120 && !/^\|/ && !/^ *[^ ]*https?:/ { say("longer than 120 bytes") }
    ' "$file" >>"$findings"
    grep -nwE "$marks" "$file" /dev/null | sed 's/:\([0-9]*\):.*/:\1: a mark of unfinished work/' >>"$findings"
done <"$scratch/files"

# Characters that are not seen: no-break and zero-width spaces, direction marks, soft hyphens, byte order marks.
tr '\n' '\0' <"$scratch/files" | LC_ALL=C.UTF-8 xargs -0 grep -nP \
    '[\x{00A0}\x{00AD}\x{200B}-\x{200F}\x{2028}-\x{202F}\x{2060}-\x{206F}\x{FEFF}]' /dev/null 2>/dev/null |
    sed 's/:\([0-9]*\):.*/:\1: invisible character/' >>"$findings"

c_files >"$scratch/c"
sed 's|.*/||' "$scratch/c" | sort | uniq -d | while read -r name; do
    echo "$name: more than one file of this name: $(grep "/$name\$" "$scratch/c" | tr '\n' ' ')"
done >>"$findings"

while read -r file; do
    case $file in *_tables.c) continue ;; esac
    awk -v file="$file" '
        /^\{/ { begin = FNR }
        /^\}/ && begin && FNR - begin - 1 > 70 { print file ":" begin ": a function of more than 70 lines" }
        /^\}/ { begin = 0 }
        END { if (FNR > 600) print file ": more than 600 lines" }
    ' "$file" >>"$findings"
done <"$scratch/c"
finish

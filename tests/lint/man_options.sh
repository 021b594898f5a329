#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A page that names an option the program does not have, or keeps one to itself, is worse than none.
. "$(dirname "$0")/lint_common.sh"
checks "every command has a man page with the same options, reasons and commands as the program, and it is installed"

program=$build/bin/phash
[ -x "$program" ] || skip "phash is not built"

# The text of a page without the escapes of hyphens; comments left out.
page_text() {
    sed '/^\.\\"/d; s/\\-/-/g; s/\\f[A-Z]//g' "$1"
}

# Words such as --files-from and -0, one a line.
options_in() {
    grep -oE '(^|[^A-Za-z0-9-])(--[a-z][a-z-]*|-[0-9A-Za-z]([^A-Za-z0-9-]|$))' |
        grep -oE -- '(--[a-z][a-z-]*|-[0-9A-Za-z])' | sort -u
}

# $1 page, $2 file with the help text
compare() {
    options_in <"$2" >"$scratch/in_help"
    page_text "$1" | options_in >"$scratch/in_page"
    comm -23 "$scratch/in_help" "$scratch/in_page" | sed "s|^|$1: not described: |" >>"$findings"
    comm -13 "$scratch/in_help" "$scratch/in_page" | sed "s|^|$1: not an option of the program: |" >>"$findings"
    for section in NAME SYNOPSIS DESCRIPTION OPTIONS OUTPUT 'EXIT STATUS' EXAMPLES 'SEE ALSO'; do
        grep -q "^\\.SH $section\$" "$1" || echo "$1: no section $section" >>"$findings"
    done
}

"$program" --help >"$scratch/help" || echo "phash --help fails" >>"$findings"
sed -n 's/^  \([a-z]*\( [a-z]*\)\{0,1\}\)  .*/\1/p' "$scratch/help" >"$scratch/commands"
[ "$(wc -l <"$scratch/commands")" -ge 7 ] || echo "phash --help lists too few commands" >>"$findings"
compare docs/man/phash.1 "$scratch/help"
echo phash.1 >"$scratch/pages"
while read -r command; do
    page=phash-$(printf '%s\n' "$command" | tr ' ' '-').1
    echo "$page" >>"$scratch/pages"
    if [ ! -f "docs/man/$page" ]; then
        echo "docs/man/$page: there is no such page" >>"$findings"
        continue
    fi
    # shellcheck disable=SC2086 # a command of two words
    "$program" $command --help >"$scratch/help_of" </dev/null || echo "phash $command --help fails" >>"$findings"
    compare "docs/man/$page" "$scratch/help_of"
    page_text docs/man/phash.1 | grep -q "^\\.BR ${page%.1} (1)" || echo "docs/man/phash.1: no $page" >>"$findings"
done <"$scratch/commands"

echo phash-evaluator.1 >>"$scratch/pages"
if [ -x "$build/bin/phash-evaluator" ]; then
    "$build/bin/phash-evaluator" --help >"$scratch/help_of" || echo "phash-evaluator --help fails" >>"$findings"
    compare docs/man/phash-evaluator.1 "$scratch/help_of"
fi

for page in docs/man/*.1; do
    grep -qx "${page##*/}" "$scratch/pages" || echo "$page: of no command" >>"$findings"
    grep -q "/${page##*/}" tools/CMakeLists.txt || echo "$page: not installed" >>"$findings"
done

# The vocabulary of reasons is a contract: each word is explained where it can appear.
sed -n '/names\[REASON_COUNT\]/,/};/p' tools/cli/reason.c | grep -oE '"[a-z_]+"' | tr -d '"' >"$scratch/reasons"
[ -s "$scratch/reasons" ] || echo "tools/cli/reason.c: no reasons found" >>"$findings"
while read -r reason; do
    grep -qx "\\.B $reason" docs/man/phash-scan.1 docs/man/phash-match.1 ||
        echo "docs/man/phash-scan.1: reason not described: $reason" >>"$findings"
done <"$scratch/reasons"

if command -v mandoc >/dev/null; then
    mandoc -Tlint -Wwarning docs/man/*.1 >>"$findings" 2>&1
elif command -v groff >/dev/null; then
    for page in docs/man/*.1; do groff -man -Tutf8 -ww -z "$page" >>"$findings" 2>&1; done
fi
finish

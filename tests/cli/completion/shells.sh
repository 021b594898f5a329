#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Completions offer every command and option of --help, and the values it names, in each shell that is installed.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

for shell in bash zsh fish; do
    expect 0 phash completion $shell
    same out "$PHASH_SOURCE_DIR/tools/cli/completions/phash.$shell"
    has "$PHASH_SOURCE_DIR/tools/CMakeLists.txt" "^install\(FILES cli/completions/phash.$shell DESTINATION"
    mv out "script.$shell"
done
for arguments in '' csh 'bash zsh' '--nonsense' 'bash --nonsense'; do
    # shellcheck disable=SC2086 # several words
    expect 64 phash completion $arguments
    is_empty out
done

# offered SHELL WORD...: what is offered for the last word, sorted, in the file offers; FILES stands for names of files.
offered() {
    local shell=$1
    shift
    "offered_by_$shell" "$@" | sort -u >offers
}

offered_by_bash() {
    bash -c '
        compopt() { echo FILES; }
        complete() { :; }
        . ./script.bash
        COMP_WORDS=("$@")
        COMP_CWORD=$(($# - 1))
        _phash
        [ "${#COMPREPLY[@]}" -eq 0 ] || printf "%s\n" "${COMPREPLY[@]}"
    ' - "$program" "$@"
}

offered_by_zsh() {
    zsh -f -c '
        compadd() { local word; for word in "${@:2}"; do [[ $word == $prefix* ]] && print -r -- $word; done; }
        compset() { prefix=${prefix#*=}; }
        _files() { print FILES; }
        . ./script.zsh
        words=("$@")
        CURRENT=$#
        prefix=$words[CURRENT]
        _phash
    ' - "$program" "$@" || :
}

offered_by_fish() {
    local line
    line=phash
    for word; do line+=" $word"; done
    mkdir -p home
    : >zz-file
    # shellcheck disable=SC2016 # fish expands it
    HOME=$PWD/home XDG_CONFIG_HOME=$PWD/home PATH=$(dirname "$program"):$PATH fish --no-config -c '
        source script.fish
        complete -C $argv[1]' "${line# }" | cut -f 1 | sed 's/^zz-file$/FILES/; s/^--[a-z-]*=//'
}

# offers SHELL WORD... -- WANTED...: exactly these, or with FILES also names of files.
wants() {
    local want
    want=$(printf '%s\n' "${wanted[@]}" | sort -u)
    offered "$@"
    if [ "${wanted[*]}" = FILES ]; then
        grep -qx FILES offers || fail "$*: no names of files: $(head -c 200 offers)"
    else
        is "$(cat offers)" "$want" "offered by $*"
    fi
}

expect 0 phash --help
sed -n 's/^  \([a-z]*\( [a-z]*\)\{0,1\}\)  .*/\1/p' out >commands
[ "$(wc -l <commands)" -ge 14 ] || fail "too few commands"
tested=0
for shell in bash zsh fish; do
    command -v $shell >/dev/null || continue
    tested=$((tested + 1))
    mapfile -t wanted < <(cut -d ' ' -f 1 commands; printf '%s\n' --help --version)
    wants $shell ''
    wanted=(--help --version)
    wants $shell --
    wanted=(set)
    wants $shell set
    mapfile -t wanted < <(sed -n 's/^set //p' commands)
    wants $shell set ''
    while read -r command; do
        # shellcheck disable=SC2086 # a command of two words
        expect 0 phash $command --help
        mapfile -t wanted < <(sed -nE '/^  -/{s/^  (-., )?//; s/ .*//; p}' out)
        is "$(grep -cE '^  -' out)" "${#wanted[@]}" "options"
        [ "${#wanted[@]}" -ge 2 ] || fail "$command: too few options"
        mapfile -t wanted < <(printf '%s\n' "${wanted[@]}" | grep -e '^--')
        # shellcheck disable=SC2086
        wants $shell $command --
    done <commands
    wanted=(--list --list-radius)
    wants $shell scan --list
    wanted=(none flips edits all)
    wants $shell scan --list x --views ''
    wanted=(flips)
    wants $shell scan --views f
    wanted=(human jsonl csv)
    wants $shell scan --format ''
    wanted=(auto always never)
    case $shell in
    bash) wants bash scan --color = '' ;;
    *) wants $shell scan --color= ;;
    esac
    wanted=('')
    wants $shell scan --jobs ''
    wants $shell scan -j ''
    wants $shell scan --evaluator ''
    wants $shell nonsense ''
    wanted=(FILES)
    wants $shell scan -o ''
    wants $shell scan --list ''
    wants $shell set build --key ''
    wants $shell scan ''
    wanted=(bash zsh fish)
    wants $shell completion ''
done
[ $tested -gt 0 ] || skip "no shell to complete in"

# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Completion of phash for bash. Commands, options and their values are read from --help, so they are those of the
# program that is being completed.

_phash()
{
    local program=${COMP_WORDS[0]/#\~/$HOME} current=${COMP_WORDS[COMP_CWORD]}
    local previous=${COMP_WORDS[COMP_CWORD - 1]} commands command help value

    # bash splits --option=value at the =
    if [ "$current" = = ]; then
        current=
    elif [ "$previous" = = ]; then
        previous=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    COMPREPLY=()
    commands=$("$program" --help 2>/dev/null | sed -nE 's/^  ([a-z]+( [a-z]+)?)  .*/\1/p')
    command=${COMP_WORDS[1]}
    if [ "$COMP_CWORD" -eq 1 ]; then
        commands=$(cut -d ' ' -f 1 <<<"$commands" | sort -u)
        mapfile -t COMPREPLY < <(compgen -W "$commands --help --version" -- "$current")
        return
    elif grep -q "^$command " <<<"$commands"; then
        if [ "$COMP_CWORD" -eq 2 ]; then
            mapfile -t COMPREPLY < <(compgen -W "$(sed -n "s/^$command //p" <<<"$commands")" -- "$current")
            return
        fi
        command="$command ${COMP_WORDS[2]}"
    fi
    grep -qxF "$command" <<<"$commands" || return
    # shellcheck disable=SC2086 # a command of two words
    help=$("$program" $command --help 2>/dev/null)
    case $previous in
    --*) value=$(sed -nE "s/^  (-[0-9A-Za-z], )?$previous ([^ ]+).*/\2/p" <<<"$help") ;;
    -?) value=$(sed -nE "s/^  $previous, --[a-z-]+ ([^ ]+).*/\1/p" <<<"$help") ;;
    esac
    case $value in
    *'|'*) mapfile -t COMPREPLY < <(compgen -W "${value//|/ }" -- "$current") ;;
    N | BYTES | DATE | DAYS | GLOB | NAME | SECONDS | TEXT | URL) ;;
    '')
        if [[ $current == -* ]]; then
            help=$(sed -nE 's/^  (-[0-9A-Za-z], )?(--[a-z-]+|-[0-9A-Za-z])( .*)?$/\2/p' <<<"$help")
            mapfile -t COMPREPLY < <(compgen -W "$help" -- "$current")
        elif [ "$command" = completion ]; then
            mapfile -t COMPREPLY < <(compgen -W 'bash zsh fish' -- "$current")
        else
            compopt -o default 2>/dev/null
        fi
        ;;
    *) compopt -o default 2>/dev/null ;;
    esac
}

complete -F _phash phash

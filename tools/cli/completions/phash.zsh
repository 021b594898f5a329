#compdef phash
# SPDX-License-Identifier: Apache-2.0
# Completion of phash for zsh. Commands, options and their values are read from --help, so they are those of the
# program that is being completed.

_phash()
{
    local program=${words[1]/#\~/$HOME} command=$words[2] previous=$words[CURRENT-1] current=$words[CURRENT] help value
    local -a commands

    commands=(${(f)"$($program --help 2>/dev/null | sed -nE 's/^  ([a-z]+( [a-z]+)?)  .*/\1/p')"})
    if (( CURRENT == 2 )); then
        compadd -- ${(u)commands%% *} --help --version
        return
    elif [[ -n ${(M)commands:#$command *} ]]; then
        if (( CURRENT == 3 )); then
            compadd -- ${${(M)commands:#$command *}#* }
            return
        fi
        command="$command $words[3]"
    fi
    (( ${commands[(Ie)$command]} )) || return
    help=$($program ${=command} --help 2>/dev/null)
    if [[ $current == --*=* ]]; then
        previous=${current%%=*}
        compset -P '*='
    fi
    case $previous in
    --*) value=$(sed -nE "s/^  (-[0-9A-Za-z], )?$previous ([^ ]+).*/\2/p" <<<$help) ;;
    -?) value=$(sed -nE "s/^  $previous, --[a-z-]+ ([^ ]+).*/\1/p" <<<$help) ;;
    esac
    case $value in
    *'|'*) compadd -- ${(s:|:)value} ;;
    N | BYTES | DATE | DAYS | GLOB | NAME | SECONDS | TEXT | URL) ;;
    '')
        if [[ $current == -* ]]; then
            compadd -- ${(f)"$(sed -nE 's/^  (-[0-9A-Za-z], )?(--[a-z-]+|-[0-9A-Za-z])( .*)?$/\2/p' <<<$help)"}
        elif [[ $command == completion ]]; then
            compadd -- bash zsh fish
        else
            _files
        fi
        ;;
    *) _files ;;
    esac
}

# Read in at start-up, or from a folder of $fpath.
if [[ $funcstack[1] == _phash ]]; then
    _phash "$@"
elif (( $+functions[compdef] )); then
    compdef _phash phash
fi

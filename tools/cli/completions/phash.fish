# SPDX-License-Identifier: Apache-2.0
# Completion of phash for fish. Commands, options and their values are read from --help, so they are those of the
# program that is being completed.

function __phash_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program (string replace -r '^~' $HOME -- $words[1])
    set -l commands ($program --help 2>/dev/null | string match -rg '^  ([a-z]+(?: [a-z]+)?)  ')
    set -l command $words[2]

    if test (count $words) -eq 1
        printf '%s\n' (string replace -r ' .*' '' -- $commands | sort -u) --help --version
        return
    end
    if string match -q -- "$command *" $commands
        if test (count $words) -eq 2
            string match -rg -- "^$command (.*)" $commands
            return
        end
        set command "$command $words[3]"
    end
    contains -- $command $commands; or return
    set -l help ($program (string split ' ' -- $command) --help 2>/dev/null)

    set -l previous $words[-1]
    set -l before
    if string match -qr -- '^--[a-z-]+=' $current
        set previous (string replace -r '=.*' '' -- $current)
        set before $previous=
    end
    set -l value
    if string match -qr -- '^--' $previous
        set value (string match -rg -- "^  (?:-[0-9A-Za-z], )?$previous ([^ ]+)" $help)
    else if string match -qr -- '^-.$' $previous
        set value (string match -rg -- "^  $previous, --[a-z-]+ ([^ ]+)" $help)
    end
    switch "$value"
        case '*|*'
            printf "$before%s\n" (string split '|' -- $value)
        case N BYTES DATE DAYS GLOB NAME SECONDS TEXT URL
        case ''
            if string match -q -- '-*' $current
                string match -rg -- '^  (?:-[0-9A-Za-z], )?(--[a-z-]+|-[0-9A-Za-z])(?: |$)' $help
            else if test "$command" = completion
                printf '%s\n' bash zsh fish
            else
                __fish_complete_path $current
            end
        case '*'
            __fish_complete_path $current
    end
end

complete -c phash -f -a '(__phash_complete)'

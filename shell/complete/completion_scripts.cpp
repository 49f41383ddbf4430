#include "shell/complete/completion_scripts.hpp"

namespace shell {
namespace {

constexpr std::string_view bash = R"(# Completion of jconsole for bash. Printed by `jconsole completion bash`.

_jconsole() {
    local program=jconsole rest=${COMP_LINE:0:COMP_POINT} breaks=${COMP_WORDBREAKS//[^=:@]/}
    local word words=() lines=() line trimmed drop='' i
    COMPREPLY=()
    type -P -- "$1" >/dev/null && program=$1

    # bash takes words apart at = : and @ where jconsole does not: what no space separates is one word. The last
    # one ends at the cursor.
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        trimmed=${rest#"${rest%%[![:space:]]*}"}
        ((i < COMP_CWORD)) || word=$trimmed
        if ((i > 0)) && [[ $trimmed == "$rest" ]]; then
            words[${#words[@]} - 1]+=$word
        else
            words+=("$word")
        fi
        rest=${trimmed#"$word"}
    done
    words=("${words[@]//[\"\'\\]/}")
    word=${words[${#words[@]} - 1]}

    mapfile -t lines < <("$program" __complete -- "${words[@]:1}" 2>/dev/null)
    if [[ ${lines[0]-} == files ]]; then
        compopt -o default
        return
    fi
    # What readline replaces begins behind the last character that it breaks words at, or at it where that is an @.
    [[ -n $breaks && $word == *["$breaks"]* ]] && drop=${word%"${word##*["$breaks"]}"}
    drop=${drop%@}
    for line in "${lines[@]:1}"; do
        line=${line%%$'\t'*}
        COMPREPLY+=("${line#"$drop"}")
    done
    [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[/=] ]] && compopt -o nospace
    return 0
}

complete -F _jconsole jconsole
)";

constexpr std::string_view zsh = R"(#compdef jconsole
# Completion of jconsole for zsh. Printed by `jconsole completion zsh`.

_jconsole() {
    local program line word
    local -i i result=1
    local -a typed lines closed closed_shown open open_shown list
    program=$(whence -p -- "${(Q)words[1]}") || program=jconsole
    for ((i = 2; i < CURRENT; i++)); do
        typed+=("${(Q)words[i]}")
    done
    typed+=("${(Q)PREFIX}")

    lines=("${(@f)$("$program" __complete -- "${typed[@]}" 2>/dev/null)}")
    if [[ $lines[1] == files ]]; then
        [[ $PREFIX == --*=* ]] && compset -P 1 '*='
        _files
        return
    fi
    for line in "${(@)lines[2,-1]}"; do
        word=${line%%$'\t'*}
        [[ -n $word ]] || continue
        if [[ $line == *$'\t'* ]]; then
            list=(-l)
            line="${(r:20:)word} ${line#*$'\t'}"
        fi
        if [[ $word == *[/=] ]]; then
            open+=("$word")
            open_shown+=("$line")
        else
            closed+=("$word")
            closed_shown+=("$line")
        fi
    done
    (($#closed)) && compadd $list -d closed_shown -- "${closed[@]}" && result=0
    (($#open)) && compadd $list -S '' -d open_shown -- "${open[@]}" && result=0
    return result
}

# As a file of fpath this is the body of the function; sourced, it names it.
if [[ $funcstack[1] == _jconsole ]]; then
    _jconsole "$@"
else
    compdef _jconsole jconsole
fi
)";

constexpr std::string_view fish = R"(# Completion of jconsole for fish. Printed by `jconsole completion fish`.

function __jconsole_complete
    set -l typed (commandline -opc)
    # Without the backslashes, and the quote before it, that it was typed with.
    set -l current (string replace -r -- "^[\"']" "" (commandline -ct) | string unescape)
    set -l program $typed[1]
    command -q $program; or set program jconsole
    set -e typed[1]
    set -l lines (command $program __complete -- $typed "$current" 2>/dev/null)
    if test "$lines[1]" = files
        set -l before (string match -r -- '^--[^=]*=' $current)
        set -l path (string replace -r -- '^--[^=]*=' '' $current)
        printf '%s\n' "$before"(__fish_complete_path "$path")
    else
        printf '%s\n' $lines[2..]
    end
end

complete -c jconsole -f -a '(__jconsole_complete)'
)";

} // namespace

std::string_view completion_script(std::string_view name) {
    if (name == "bash")
        return bash;
    return name == "zsh" ? zsh : fish;
}

} // namespace shell

# Completions of statuary for bash 3.2 and later. What is offered comes from `statuary` itself, as it is when you press the key.
_statuary() {
    local line=${COMP_LINE:0:COMP_POINT} words=() trimmed word index prefix value about
    # Bash splits words at `=`, `:` and `@`; what stands together on the line was meant as one.
    for ((index = 0; index <= COMP_CWORD; index++)); do
        trimmed=${line#"${line%%[![:space:]]*}"}
        word=${COMP_WORDS[index]}
        if ((index == COMP_CWORD)); then word=$trimmed; fi
        if ((index > 0)) && [[ "$trimmed" == "$line" && -n "$line" ]]; then
            words[${#words[@]} - 1]+=$word
        else
            words[${#words[@]}]=$word
        fi
        line=${trimmed#"$word"}
    done
    word=${words[${#words[@]} - 1]}
    # What stands before the last of them is there already.
    prefix=
    if [[ "$word" == *=* && "$COMP_WORDBREAKS" == *=* ]]; then prefix=${word%"${word##*=}"}; fi
    if [[ "$word" == *:* && "$COMP_WORDBREAKS" == *:* ]]; then
        if ((${#word} - ${#prefix} > 0)) && [[ "${word#"$prefix"}" == *:* ]]; then prefix=${word%"${word##*:}"}; fi
    fi
    # An `@` counts as part of what it stands before.
    if [[ "${word#"$prefix"}" == *@* && "$COMP_WORDBREAKS" == *@* ]]; then prefix=${word%"@${word##*@}"}; fi
    COMPREPLY=()
    while IFS=$'\t' read -r value about; do
        case $value in
            //files | //folders)
                compopt -o filenames 2>/dev/null
                local kind=-f
                if [[ $value == //folders ]]; then kind=-d; fi
                while IFS= read -r value; do COMPREPLY[${#COMPREPLY[@]}]=$value; done < <(compgen "$kind" -- "${word#"$prefix"}")
                ;;
            *)
                COMPREPLY[${#COMPREPLY[@]}]=${value#"$prefix"}
                if [[ $value == *= ]]; then compopt -o nospace 2>/dev/null; fi
                ;;
        esac
    done < <(command statuary complete -- "${words[@]}" 2>/dev/null)
}
complete -F _statuary statuary

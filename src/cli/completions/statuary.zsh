#compdef statuary
# Completions of statuary for zsh. What is offered comes from `statuary` itself, as it is when you press the key.
_statuary() {
    local line value about tab=$'\t'
    local -a offered open said
    said=("${(@Q)words[1,CURRENT-1]}" "$PREFIX")
    for line in "${(@f)$(command statuary complete -- "${said[@]}" 2>/dev/null)}"; do
        value=${line%%$tab*}
        about=${line#*$tab}
        case $value in
            '') ;;
            //files) compset -P 1 '--*='; _files; return ;;
            //folders) compset -P 1 '--*='; _files -/; return ;;
            *)
                value=${${value//\\/\\\\}//:/\\:}
                if [[ $about != "$line" && -n $about ]]; then value+=":$about"; fi
                if [[ ${line%%$tab*} == *= ]]; then open+=("$value"); else offered+=("$value"); fi
                ;;
        esac
    done
    local found=1
    if (( $#offered )); then _describe -V 'statuary' offered && found=0; fi
    if (( $#open )); then _describe -V 'statuary' open -S '' && found=0; fi
    return $found
}
if [[ ${zsh_eval_context[-1]} == loadautofunc ]]; then
    _statuary "$@"
else
    compdef _statuary statuary
fi

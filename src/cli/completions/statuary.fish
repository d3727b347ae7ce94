# Completions of statuary for fish. What is offered comes from `statuary` itself, as it is when you press the key.
function __statuary_complete
    set -l current (commandline -ct)
    set -l offered (command statuary complete -- (commandline -opc) "$current" 2>/dev/null)
    switch "$offered[1]"
        case //files
            __fish_complete_path (string replace -r -- '^--[^=]*=' '' "$current")
        case //folders
            __fish_complete_directories (string replace -r -- '^--[^=]*=' '' "$current") ''
        case '*'
            printf '%s\n' $offered
    end
end
complete --command statuary --no-files --keep-order --arguments '(__statuary_complete)'

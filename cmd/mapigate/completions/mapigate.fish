# Completion of mapigate's commands and flags in fish: a file of ~/.config/fish/completions.
function __mapigate_complete
    set -lx COMP_LINE (commandline -cp)
    test -z (commandline -ct); and set COMP_LINE "$COMP_LINE "
    mapigate
end
complete -f -c mapigate -a '(__mapigate_complete)'

# Completion of mapigate's commands and flags in bash: source it, or put it into /usr/share/bash-completion/completions.
complete -C mapigate mapigate

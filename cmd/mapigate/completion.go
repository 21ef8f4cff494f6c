package main

import (
	"embed"

	"github.com/alecthomas/kong"
	kongcompletion "github.com/jotaen/kong-completion"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
)

type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

//go:embed all:completions
var completions embed.FS

// completionFile is the script of each shell, named as the shell wants it.
var completionFile = map[string]string{"bash": "mapigate.bash", "zsh": "_mapigate", "fish": "mapigate.fish"}

// Run prints what makes a shell complete our command lines.
func (c completionCommand) Run(std cli.Streams) error {
	script, err := completions.ReadFile("completions/" + completionFile[c.Shell])
	if err != nil {
		return err
	}
	_, err = std.Out.Write(script)
	return err
}

// answerCompletion answers a shell that asks (by COMP_LINE) how a command line may go on, and then ends the process. It
// does nothing when none asks.
func answerCompletion(parser *kong.Kong) { kongcompletion.Register(parser) }

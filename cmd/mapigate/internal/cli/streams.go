// Package cli is what the subcommands share: where they read and write, how they fail, and how they speak to a terminal.
package cli

import "io"

// Streams are where a subcommand reads and writes.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

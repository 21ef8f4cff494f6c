package main

import (
	"io"
	"os"

	"golang.org/x/term"
)

// A colour is one of those that every terminal has.
type colour string

// Colours, as ECMA-48 8.3.117 numbers them.
const (
	red    colour = "31"
	green  colour = "32"
	yellow colour = "33"
)

// painter gives what colours text: on a terminal only, and not where NO_COLOR is set.
func painter(out io.Writer) func(colour, string) string {
	if !isTerminal(out) || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return func(_ colour, s string) string { return s }
	}
	return func(c colour, s string) string { return "\x1b[" + string(c) + "m" + s + "\x1b[0m" }
}

// isTerminal tells whether somebody watches what is written.
func isTerminal(out io.Writer) bool {
	f, ok := out.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

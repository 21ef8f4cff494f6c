package cli

import (
	"io"
	"os"

	"golang.org/x/term"
)

// A Colour is one of those that every terminal has.
type Colour string

// Colours, as ECMA-48 8.3.117 numbers them.
const (
	Red    Colour = "31"
	Green  Colour = "32"
	Yellow Colour = "33"
)

// Painter gives what colours text: on a terminal only, and not where NO_COLOR is set.
func Painter(out io.Writer) func(Colour, string) string {
	if !isTerminal(out) || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return func(_ Colour, s string) string { return s }
	}
	return func(c Colour, s string) string { return "\x1b[" + string(c) + "m" + s + "\x1b[0m" }
}

// isTerminal tells whether somebody watches what is written.
func isTerminal(out io.Writer) bool {
	f, ok := out.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

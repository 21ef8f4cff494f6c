package cli

import (
	"strings"
	"unicode"
)

// Printable keeps what a stranger wrote from steering the terminal.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '·'
		}
		return r
	}, s)
}

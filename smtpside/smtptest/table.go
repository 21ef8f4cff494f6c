package smtptest

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// Table prints rows under a title and a head, in columns. It is how the suites that try to abuse a server show what became of
// each attempt.
func Table(w io.Writer, title string, head []string, rows [][]string) {
	fmt.Fprintf(w, "\n%s\n", title)
	columns := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	rule := make([]string, len(head))
	for i, name := range head {
		rule[i] = strings.Repeat("-", len(name))
	}
	for _, row := range append([][]string{head, rule}, rows...) {
		fmt.Fprintln(columns, strings.Join(row, "\t"))
	}
	columns.Flush()
}

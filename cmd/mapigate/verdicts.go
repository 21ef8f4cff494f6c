package main

import (
	"encoding/json"
	"fmt"
	"text/tabwriter"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
	"github.com/mapigate/mapigate/gateway/verdict"
)

type verdictsCommand struct {
	JSON bool   `help:"Print JSON: an array of lines."`
	Kind string `enum:",mapi,http,mark,smtp,dns,net,tls,auth,flow,local" default:"" help:"Only causes of this kind: mapi, http, mark (X-ResponseCode), smtp, dns, net, tls, auth, flow or local."`
}

// Run prints the table that decides what becomes of a mail when something goes wrong.
func (c verdictsCommand) Run(std cli.Streams) error {
	lines := []verdict.Line{}
	for _, l := range verdict.Lines() {
		if c.Kind == "" || l.Kind == verdict.Kind(c.Kind) {
			lines = append(lines, l)
		}
	}
	if c.JSON {
		e := json.NewEncoder(std.Out)
		e.SetIndent("", "  ")
		return e.Encode(lines)
	}
	w := tabwriter.NewWriter(std.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "KIND\tCAUSE\tAT\tREPLY\tVERDICT\tRETRY\tALARM\tWHY")
	for _, l := range lines {
		alarm := "-"
		if l.Alarm {
			alarm = "yes"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%d %s\t%s\t%s\t%s\t%s\n", l.Kind, l.Cause, l.Where(), l.Reply, l.Status, l.Verdict, l.Retry, alarm, l.Why)
	}
	fmt.Fprintln(w, "\nAt the logon everything that would be 5yz is 451 with an alarm: it is about our account and not about the mail.")
	return w.Flush()
}

package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/doctor"
)

type doctorCommand struct {
	Config string `short:"c" default:"mapigate.yaml" placeholder:"FILE" help:"Configuration file."`
	SendTo string `placeholder:"ADDR" help:"Send a test mail there, by the way that the routes give it; and mails of mailboxes to themselves, where only those show in whose name they may send."`
	JSON   bool   `help:"Print JSON: an array of what was found."`
	cli.TraceFlag
}

// Help explains the marks.
func (doctorCommand) Help() string {
	return `One line for each thing: ✓ it works, ✗ it does not, with what to do, ? only sending mail can show it.
The exit code is 1 when there is any ✗. Nothing is changed, and without --send-to nothing is sent.`
}

// Run examines.
func (c doctorCommand) Run(ctx context.Context, std cli.Streams) error {
	out := &findings{std: std, json: c.JSON, paint: cli.Painter(std.Out)}
	err := c.examine(ctx, out)
	return errors.Join(err, out.end())
}

func (c doctorCommand) examine(ctx context.Context, out *findings) error {
	loaded, err := config.Load(c.Config)
	if err != nil {
		out.take(doctor.Finding{Mark: doctor.Wrong, What: err.Error(), Remedy: "mapigate config describe explains every key"})
		return cli.ErrSaid
	}
	out.take(doctor.Finding{What: "configuration", Text: c.Config})
	see, err := c.OpenTrace()
	if err != nil {
		return err
	}
	if !doctor.Run(ctx, loaded, doctor.Options{SendTo: c.SendTo, Trace: see, Report: out.take}) {
		return cli.ErrSaid
	}
	return nil
}

// findings prints what was found, as it comes or as JSON at the end.
type findings struct {
	std   cli.Streams
	json  bool
	paint func(cli.Colour, string) string
	list  []finding
}

// A finding is one for programs.
type finding struct {
	Mark   string `json:"mark"`
	What   string `json:"what"`
	Text   string `json:"text,omitempty"`
	Remedy string `json:"remedy,omitempty"`
}

func (f *findings) take(one doctor.Finding) {
	if f.json {
		mark := map[doctor.Mark]string{doctor.Fine: "fine", doctor.Wrong: "wrong", doctor.Untold: "untold"}[one.Mark]
		f.list = append(f.list, finding{mark, one.What, one.Text, one.Remedy})
		return
	}
	mark, rest, _ := strings.Cut(one.String(), " ")
	c := map[doctor.Mark]cli.Colour{doctor.Fine: cli.Green, doctor.Wrong: cli.Red, doctor.Untold: cli.Yellow}[one.Mark]
	fmt.Fprintln(f.std.Out, f.paint(c, mark)+" "+rest)
}

func (f *findings) end() error {
	if !f.json {
		return nil
	}
	return cli.PrintJSON(f.std, f.list)
}

package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/doctor"
)

type doctorCommand struct {
	Config string `short:"c" default:"mapigate.yaml" placeholder:"FILE" help:"Configuration file."`
	SendTo string `placeholder:"ADDR" help:"Send a test mail there, by the way that the routes give it; and mails of mailboxes to themselves, where only those show in whose name they may send."`
	JSON   bool   `help:"Print JSON: an array of what was found."`
	traceFlag
}

// Help explains the marks.
func (doctorCommand) Help() string {
	return `One line for each thing: ✓ it works, ✗ it does not, with what to do, ? only sending mail can show it.
The exit code is 1 when there is any ✗. Nothing is changed, and without --send-to nothing is sent.`
}

// Run examines.
func (c doctorCommand) Run(ctx context.Context, std streams) error {
	out := &findings{std: std, json: c.JSON, paint: painter(std.out)}
	err := c.examine(ctx, out)
	return errors.Join(err, out.end())
}

func (c doctorCommand) examine(ctx context.Context, out *findings) error {
	loaded, err := config.Load(c.Config)
	if err != nil {
		out.take(doctor.Finding{Mark: doctor.Wrong, What: err.Error(), Remedy: "mapigate config describe explains every key"})
		return errSaid
	}
	out.take(doctor.Finding{What: "configuration", Text: c.Config})
	see, err := c.openTrace()
	if err != nil {
		return err
	}
	if !doctor.Run(ctx, loaded, doctor.Options{SendTo: c.SendTo, Trace: see, Report: out.take}) {
		return errSaid
	}
	return nil
}

// findings prints what was found, as it comes or as JSON at the end.
type findings struct {
	std   streams
	json  bool
	paint func(colour, string) string
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
	c := map[doctor.Mark]colour{doctor.Fine: green, doctor.Wrong: red, doctor.Untold: yellow}[one.Mark]
	fmt.Fprintln(f.std.out, f.paint(c, mark)+" "+rest)
}

func (f *findings) end() error {
	if !f.json {
		return nil
	}
	return printJSON(f.std, f.list)
}

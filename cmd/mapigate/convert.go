package main

import (
	"context"
	"fmt"
	"io"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping"
	"github.com/mapigate/mapigate/mapping/loss"
	"github.com/mapigate/mapigate/mapping/msg"
	"github.com/mapigate/mapigate/mapping/tnef"
)

type convertCommand struct {
	To     string `required:"" enum:"mapi,mime,tnef" help:"What to convert to: ${enum}."`
	Strict bool   `help:"Fail when anything did not cross."`
	File   string `arg:"" optional:"" help:"File to read (default: standard input)."`
}

// Help explains the formats.
func (convertCommand) Help() string {
	return `The format of the input is detected: TNEF, .msg and rich text (compressed or not) by their signatures, JSON by its first brace, calendars and cards by BEGIN, anything else is MIME.
mapi is one JSON object with props, recipients and attachments; what --to mapi prints, --to mime takes.
The exit code is 0 for a message that was converted, however damaged: what does not cross is listed on standard error, a line each, and with --strict the code is then 1.
It is 1 for an input that is none of these formats in any part of it, or that cannot be read, and 2 for wrong usage.`
}

// Run converts one message.
func (c convertCommand) Run(ctx context.Context, std streams) error {
	in, err := openInput(ctx, c.File, std.in)
	if err != nil {
		return err
	}
	defer in.Close()
	lost := 0
	k := converter{ctx: ctx, in: in, out: std.out, losses: func(l loss.Loss) {
		lost++
		fmt.Fprintf(std.err, "mapigate: lost: %v\n", l)
	}}
	msg, err := k.read()
	if err != nil {
		return fmt.Errorf("convert: %s: %w", in.name, err)
	}
	if err := k.write(c.To, msg); err != nil {
		return fmt.Errorf("convert: %s to %s: %w", in.name, c.To, err)
	}
	if c.Strict && lost > 0 {
		return fmt.Errorf("convert: %s to %s: not all of it crossed: %d losses", in.name, c.To, lost)
	}
	return nil
}

// A converter reads one message and writes it.
type converter struct {
	ctx    context.Context
	in     *input
	out    io.Writer
	losses func(loss.Loss)
}

func (k converter) read() (*mapi.Message, error) {
	format, err := detect(k.in)
	if err != nil {
		return nil, err
	}
	switch format {
	case formatTNEF:
		r, err := tnef.Read(k.ctx, k.in, tnef.Options{})
		if err != nil {
			return nil, fmt.Errorf("reading TNEF: %w", err)
		}
		k.lost(r.Losses)
		return r.Message, nil
	case formatJSON:
		return mapi.DecodeJSON(skipMark(k.in))
	case formatMSG:
		r, err := msg.Read(k.ctx, k.in, msg.Options{})
		if err != nil {
			return nil, fmt.Errorf("reading MSG: %w", err)
		}
		k.lost(r.Losses)
		return r.Message, nil
	case formatRTF, formatCompressedRTF:
		return asNote(k.in, format == formatCompressedRTF)
	}
	var src mapping.Source = k.in
	switch format {
	case formatCalendar:
		src, err = asMail(k.in, "text/calendar")
	case formatCard:
		src, err = asMail(k.in, "text/vcard")
	}
	if err != nil {
		return nil, err
	}
	// Header fields without a property of their own become named properties, so
	// that the way back finds them.
	r, err := mapping.ToMAPI(k.ctx, src, mapping.ToMAPIOptions{Headers: []string{"*"}})
	if err != nil {
		return nil, err
	}
	k.lost(r.Losses)
	return r.Message, nil
}

func (k converter) write(to string, msg *mapi.Message) error {
	switch to {
	case "mapi":
		return mapi.EncodeJSON(k.ctx, k.out, msg)
	case "mime":
		r, err := mapping.ToMIME(k.ctx, k.out, msg, mapping.ToMIMEOptions{})
		if err != nil {
			return err
		}
		k.lost(r.Losses)
		return nil
	}
	losses, err := tnef.Write(k.ctx, k.out, msg, tnef.WriteOptions{Key: tnefKey, Recipients: true})
	k.lost(losses)
	return err
}

// tnefKey names the TNEF stream of a single message; any number but 0 does. [MS-OXTNEF] 2.1.3.1.2
const tnefKey = 1

func (k converter) lost(list []loss.Loss) {
	for _, l := range list {
		k.losses(l)
	}
}

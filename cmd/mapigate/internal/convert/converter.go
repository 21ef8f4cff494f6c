package convert

import (
	"context"
	"fmt"
	"io"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping"
	"github.com/mapigate/mapigate/mapping/loss"
	"github.com/mapigate/mapigate/mapping/msg"
	"github.com/mapigate/mapigate/mapping/tnef"
)

// A converter reads one message and writes it.
type converter struct {
	ctx    context.Context
	in     *cli.Input
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

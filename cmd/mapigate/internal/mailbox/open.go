package mailbox

import (
	"context"
	"strings"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/browse"
	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
	"github.com/mapigate/mapigate/gateway/demo"
)

// open opens the box that a place is in, "" being the one that the flags name.
func (f access) open(ctx context.Context, mailbox string) (browse.Box, error) {
	if f.Demo {
		s, err := demo.ReadState()
		if err != nil {
			return nil, err
		}
		if mailbox == "" {
			mailbox = f.demoMailbox()
		}
		if mailbox == "" {
			return nil, cli.Usagef("which of the demo's mailboxes? %s, or %s", strings.Join(s.Mailboxes, ", "), browse.Internet)
		}
		return browse.OpenDemo(ctx, s, mailbox)
	}
	if mailbox == browse.Internet {
		return nil, cli.Usagef("%s is a part of the demo: add --demo", browse.Internet)
	}
	if f.Config != "" {
		client, err := f.configured(mailbox)
		if err != nil {
			return nil, err
		}
		return browse.OpenWith(ctx, mailbox, client)
	}
	o, err := f.options(mailbox)
	if err != nil {
		return nil, err
	}
	return browse.Open(ctx, mailbox, o)
}

// openAll opens every box in question: all of the demo's, or the one mailbox.
func (f access) openAll(ctx context.Context) ([]browse.Box, error) {
	if !f.Demo || f.demoMailbox() != "" {
		b, err := f.open(ctx, "")
		return []browse.Box{b}, err
	}
	s, err := demo.ReadState()
	if err != nil {
		return nil, err
	}
	var all []browse.Box
	for _, address := range append(s.Mailboxes[:len(s.Mailboxes):len(s.Mailboxes)], browse.Internet) {
		b, err := browse.OpenDemo(ctx, s, address)
		if err != nil {
			browse.CloseAll(ctx, all)
			return nil, err
		}
		all = append(all, b)
	}
	return all, nil
}

// demoMailbox is which of the demo's mailboxes the flags name.
func (f access) demoMailbox() string {
	if f.Mailbox != "" {
		return f.Mailbox
	}
	return f.User
}

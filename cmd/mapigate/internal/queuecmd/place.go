package queuecmd

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"time"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
	"github.com/mapigate/mapigate/gateway/admin/client"
	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/demo"
	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/show"
	"github.com/mapigate/mapigate/gateway/store"
)

// Place says whose queue is meant.
type Place struct {
	Config string `short:"c" default:"mapigate.yaml" placeholder:"FILE" help:"Configuration file."`
	Data   string `placeholder:"DIR" help:"The data folder; the configuration is not read then."`
	Demo   bool   `help:"The queue of the demo that is running on this machine."`
}

// config gives the configuration, or what is known of it.
func (p Place) config() (*config.Config, error) {
	c := config.Default()
	switch {
	case p.Demo:
		s, err := demo.ReadState()
		if err != nil {
			return nil, err
		}
		c.Data = s.Data
	case p.Data != "":
		c.Data = filepath.Clean(p.Data)
	default:
		return config.Load(p.Config)
	}
	return c, nil
}

// A view answers questions about a queue.
type view interface {
	List(ctx context.Context, f queue.Filter) ([]show.Mail, mail.ID, error)
	Story(ctx context.Context, id mail.ID) (show.Mail, error)
	Trace(ctx context.Context, what string, limit int) ([]show.Mail, error)
	Open(ctx context.Context, id mail.ID) (io.ReadCloser, error)
	Close() error
}

// open looks into the queue: through the gateway when it is running and lets us, and into the store otherwise.
func (p Place) open(ctx context.Context) (view, error) {
	c, err := p.config()
	if err != nil {
		return nil, err
	}
	if socket := c.AdminSocket(); socket != "" {
		asked := client.New(socket)
		if err := asked.Running(ctx); err == nil {
			return running{asked}, nil
		}
		asked.Close()
	}
	q, err := store.Read(ctx, c)
	if err != nil {
		return nil, err
	}
	return stored{q}, nil
}

// Ask gives the running gateway, which alone can change the queue.
func (p Place) Ask(ctx context.Context) (*client.Client, error) {
	c, err := p.config()
	if err != nil {
		return nil, err
	}
	socket := c.AdminSocket()
	if socket == "" {
		return nil, errors.New("the configuration has no socket for commands (admin.socket: none)")
	}
	asked := client.New(socket)
	if err := asked.Running(ctx); err != nil {
		asked.Close()
		return nil, err
	}
	return asked, nil
}

// running is the queue of a gateway that runs.
type running struct{ *client.Client }

// Close ends the connection to the gateway.
func (r running) Close() error {
	r.Client.Close()
	return nil
}

// stored is a queue that is read where it lies.
type stored struct{ store.Reader }

// List implements [view].
func (s stored) List(ctx context.Context, f queue.Filter) ([]show.Mail, mail.ID, error) {
	page, err := s.Reader.List(ctx, f)
	return show.Page(page), page.Next, err
}

// Story implements [view].
func (s stored) Story(ctx context.Context, id mail.ID) (show.Mail, error) {
	return show.Story(ctx, s.Reader, id)
}

// Trace implements [view].
func (s stored) Trace(ctx context.Context, what string, limit int) ([]show.Mail, error) {
	return show.Trace(ctx, s.Reader, what, limit)
}

// selection says which mails are meant.
type selection struct {
	State       string        `placeholder:"STATE" help:"Only mail with a recipient in this state (waiting, leased, unknown, held, delivered, failed, expired, bounced, settled)."`
	From        string        `placeholder:"ADDR" help:"Only mail from this address or @domain."`
	To          string        `placeholder:"ADDR" help:"Only mail to this address or @domain."`
	MessageID   string        `placeholder:"ID" help:"Only mail with this Message-ID."`
	Courier     string        `placeholder:"NAME" help:"Only what this courier takes: internet, exchange/NAME."`
	Destination string        `placeholder:"NAME" help:"Only what goes to this domain, smarthost or organisation."`
	Older       time.Duration `placeholder:"TIME" help:"Only mail that came longer ago, like 2h30m."`
	Newer       time.Duration `placeholder:"TIME" help:"Only mail that came since then."`
}

// filter gives the filter of the queue.
func (s selection) filter(now time.Time) (queue.Filter, error) {
	f := queue.Filter{Sender: s.From, Recipient: s.To, MessageID: s.MessageID, Courier: s.Courier, Destination: s.Destination}
	if s.State != "" {
		state, err := queue.ParseState(s.State)
		if err != nil {
			return f, cli.Usagef("%v", err)
		}
		f.States = []queue.State{state}
	}
	if s.Older > 0 {
		f.Before = now.Add(-s.Older)
	}
	if s.Newer > 0 {
		f.Since = now.Add(-s.Newer)
	}
	return f, nil
}

// none tells whether nothing was said.
func (s selection) none() bool { return s == selection{} }

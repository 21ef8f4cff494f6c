// Package doctor looks at everything that a gateway needs before it can work,
// and says what to do about what does not.
//
//  1. This machine: the queue's folder, the ports, certificates and users files.
//  2. Each Exchange: discovery, TLS, sign-in and logon, rights, the address
//     book; then every mailbox that the configuration sends through, sends as or watches.
//  3. The way out: DNS where mail goes straight to the internet, what receivers ask it about us (PTR, SPF, DKIM, DMARC), and
//     the smarthosts.
//  4. If it is asked to, it sends a mail by the way that the routes give it, and by mails of
//     mailboxes to themselves it finds out in whose names they may send.
//
// It reads; but for those mails it changes nothing.
package doctor

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
)

// A Mark is what a finding amounts to.
type Mark int

// Marks.
const (
	Fine Mark = iota
	Wrong
	// Untold is what can't be told without sending mail.
	Untold
)

// A Finding is one thing that was looked at.
type Finding struct {
	Mark Mark
	// What was looked at.
	What string
	// Text is what was found; for Wrong, what is wrong.
	Text string
	// Remedy says what to do; for Wrong only.
	Remedy string
}

// String gives the finding as one line.
func (f Finding) String() string {
	s := [...]string{"✓", "✗", "?"}[f.Mark] + " " + f.What
	if f.Text != "" {
		s += ": " + oneLine(f.Text)
	}
	if f.Remedy != "" {
		s += "; " + f.Remedy
	}
	return s
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// Options refine an examination.
type Options struct {
	// Report is told each finding as soon as there is one.
	Report func(Finding)
	// SendTo is where to send a mail; nowhere when empty.
	SendTo string
	// Trace is told of every request to Exchange with its bodies, if set.
	Trace func(mapihttp.Exchange)
	// Resolver answers DNS questions. Default: the system's.
	Resolver Resolver
	// Timeout limits each step. Default 30 s.
	Timeout time.Duration
	// Now is the clock for certificates. Default time.Now.
	Now func() time.Time
}

// Run examines what a configuration needs, and tells whether nothing is wrong.
func Run(ctx context.Context, c *config.Config, o Options) bool {
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Resolver == nil {
		o.Resolver = defaultResolver()
	}
	d := &doctor{config: c, opts: o}
	for _, look := range []func(context.Context){d.machine, d.exchanges, d.wayOut, d.send} {
		if ctx.Err() != nil {
			d.wrong("the examination", context.Cause(ctx).Error(), "run it again")
			break
		}
		look(ctx)
	}
	return !d.ill
}

// A doctor examines one configuration.
type doctor struct {
	config *config.Config
	opts   Options
	ill    bool
}

func (d *doctor) tell(f Finding) {
	d.ill = d.ill || f.Mark == Wrong
	if d.opts.Report != nil {
		d.opts.Report(f)
	}
}

func (d *doctor) fine(what, format string, args ...any) {
	d.tell(Finding{Mark: Fine, What: what, Text: fmt.Sprintf(format, args...)})
}

func (d *doctor) wrong(what, text, remedy string) {
	d.tell(Finding{Mark: Wrong, What: what, Text: text, Remedy: remedy})
}

func (d *doctor) untold(what, format string, args ...any) {
	d.tell(Finding{Mark: Untold, What: what, Text: fmt.Sprintf(format, args...)})
}

// within runs a step with its time limit.
func (d *doctor) within(ctx context.Context, step func(context.Context)) {
	ctx, cancel := context.WithTimeoutCause(ctx, d.opts.Timeout, fmt.Errorf("nothing happened for %v", d.opts.Timeout))
	defer cancel()
	step(ctx)
}

package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/ingress"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/route"
	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/smtpside"
)

// How long an address book's answers count, how long it is asked, and how long it is left alone when it does not answer.
const (
	foundFor      = time.Hour
	notFoundFor   = 5 * time.Minute
	bookTime      = 10 * time.Second
	bookPause     = 10 * time.Second
	maxRecipients = 50000 // answers that are remembered
)

// recipients tells at RCPT whether somebody exists, by the address books of the organisations. Only domains are asked about of which
// the configuration says that all their addresses stand there.
type recipients map[string]*addressBook // by courier

var _ ingress.Directory = recipients(nil)

// Check implements ingress.Directory.
func (r recipients) Check(ctx context.Context, leg queue.Leg, address string) error {
	if book := r[leg.Courier]; book != nil {
		return book.check(ctx, address)
	}
	return nil
}

// An addressBook is that of one organisation, with its answers.
type addressBook struct {
	config *config.Recipients
	find   func(ctx context.Context, address string) (bool, error)
	now    func() time.Time
	log    *slog.Logger

	mu      sync.Mutex
	answers map[string]bookAnswer
	down    time.Time // when it did not answer
}

type bookAnswer struct {
	found bool
	until time.Time
}

func (b *addressBook) check(ctx context.Context, address string) error {
	covers := func(list []route.Pattern) bool {
		return slices.ContainsFunc(list, func(p route.Pattern) bool { return p.Match(address) })
	}
	if !covers(b.config.Domains) || covers(b.config.Unlisted) {
		return nil
	}
	found, err := b.known(ctx, strings.ToLower(address))
	if base, tagged := withoutTag(address); err == nil && !found && tagged {
		found, err = b.known(ctx, strings.ToLower(base))
	}
	switch {
	case err != nil && b.config.WhenDown == config.DownAccept:
		return nil
	case err != nil:
		return smtpside.LocalError("recipients cannot be checked now, try again later")
	case !found:
		return smtpside.NoSuchUser("")
	}
	return nil
}

// withoutTag cuts "+tag" off a local part.
func withoutTag(address string) (base string, tagged bool) {
	at := strings.LastIndexByte(address, '@')
	plus := strings.IndexByte(address, '+')
	if plus <= 0 || plus > at {
		return address, false
	}
	return address[:plus] + address[at:], true
}

var errBookDown = errors.New("the address book did not answer a moment ago")

// known asks for an address in lower case, or remembers.
func (b *addressBook) known(ctx context.Context, address string) (bool, error) {
	now := b.now()
	b.mu.Lock()
	answer, remembered := b.answers[address]
	down := now.Sub(b.down) < bookPause
	b.mu.Unlock()
	switch {
	case remembered && now.Before(answer.until):
		return answer.found, nil
	case down && remembered && answer.found: // an old answer is better than none
		return true, nil
	case down:
		return false, errBookDown
	}
	ctx, cancel := context.WithTimeout(ctx, bookTime)
	defer cancel()
	found, err := b.find(ctx, address)
	b.mu.Lock()
	defer b.mu.Unlock()
	if err != nil {
		b.log.Error("the address book does not answer", "error", err)
		b.down = b.now()
		return remembered && answer.found, nilIf(remembered && answer.found, err)
	}
	if len(b.answers) >= maxRecipients {
		clear(b.answers)
	}
	answer = bookAnswer{found, now.Add(notFoundFor)}
	if found {
		answer.until = now.Add(foundFor)
	}
	b.answers[address] = answer
	return found, nil
}

func nilIf(ok bool, err error) error {
	if ok {
		return nil
	}
	return err
}

// A bookSession keeps one session on an address book, opened when it is needed.
type bookSession struct {
	client func() (*mapiclient.Client, error)

	mu   sync.Mutex
	book *mapiclient.AddressBook
}

func (s *bookSession) find(ctx context.Context, address string) (bool, error) {
	book, err := s.open(ctx)
	if err != nil {
		return false, err
	}
	entry, err := book.ByAddress(ctx, address)
	return entry != nil, err
}

func (s *bookSession) open(ctx context.Context) (*mapiclient.AddressBook, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.book != nil {
		return s.book, nil
	}
	client, err := s.client()
	if err != nil {
		return nil, err
	}
	s.book, err = client.AddressBook(ctx)
	return s.book, err
}

func (s *bookSession) close(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.book != nil {
		s.book.Close(ctx)
		s.book = nil
	}
	return nil
}

// addRecipients prepares the checks of recipients.
func (g *generation) addRecipients() error {
	for i := range g.config.Exchange {
		e := &g.config.Exchange[i]
		if len(e.Recipients.Domains) == 0 {
			continue
		}
		org := g.orgs[e.Name]
		if org == nil {
			return fmt.Errorf("exchange %s: no organisation", e.Name)
		}
		name := bookPart(e.Name)
		book, err := made(g, name, []any{&e.Recipients, e.Mailbox}, []string{exchangePart(e.Name)}, func(p *part) (*addressBook, error) {
			s := &bookSession{client: func() (*mapiclient.Client, error) { return org.accounts.Client(e.Mailbox) }}
			p.atEnd(name, s.close)
			return &addressBook{
				config: &e.Recipients, find: s.find, now: time.Now, log: g.log.With("exchange", e.Name), answers: map[string]bookAnswer{},
			}, nil
		})
		if err != nil {
			return err
		}
		g.recipients[route.ExchangeCourier(e.Name)] = book
	}
	return nil
}

// Package recipients tells at RCPT what would come back later: nobody has the address, or their mailbox has no room.
package recipients

import (
	"context"
	"errors"
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

// Books tell at RCPT whether somebody exists, by the address books of the organisations. Only domains are asked about of which
// the configuration says that all their addresses stand there.
type Books map[string]*Book // by courier

var _ ingress.Directory = Books(nil)

// Check implements ingress.Directory.
func (all Books) Check(ctx context.Context, leg queue.Leg, address string) error {
	if book := all[leg.Courier]; book != nil {
		return book.check(ctx, address)
	}
	return nil
}

// Lists implements ingress.Directory.
func (all Books) Lists(leg queue.Leg, address string) bool {
	book := all[leg.Courier]
	return book != nil && book.lists(address)
}

// A Book is that of one organisation, with its answers.
type Book struct {
	config *config.Recipients
	asked  session
	find   func(ctx context.Context, address string) (bool, error)
	now    func() time.Time
	log    *slog.Logger

	mu      sync.Mutex
	answers map[string]bookAnswer
	down    time.Time // when it did not answer
}

// NewBook makes the checks by an address book that client's clients open. Nothing is connected before somebody is asked about; close it.
func NewBook(c *config.Recipients, client func() (*mapiclient.Client, error), log *slog.Logger) *Book {
	b := &Book{config: c, asked: session{client: client}, now: time.Now, log: log, answers: map[string]bookAnswer{}}
	b.find = b.asked.find
	return b
}

// Close ends the session on the address book.
func (b *Book) Close(ctx context.Context) error { return b.asked.close(ctx) }

type bookAnswer struct {
	found bool
	until time.Time
}

func (b *Book) check(ctx context.Context, address string) error {
	if !b.lists(address) {
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

// lists tells whether an address would stand there if somebody had it.
func (b *Book) lists(address string) bool {
	covers := func(list []route.Pattern) bool {
		return slices.ContainsFunc(list, func(p route.Pattern) bool { return p.Match(address) })
	}
	return covers(b.config.Domains) && !covers(b.config.Unlisted)
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
func (b *Book) known(ctx context.Context, address string) (bool, error) {
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
	limited, cancel := context.WithTimeout(ctx, bookTime)
	defer cancel()
	found, err := b.find(limited, address)
	b.mu.Lock()
	defer b.mu.Unlock()
	if err != nil && ctx.Err() != nil {
		return false, err // nobody waits for the answer any more: that says nothing about the book
	}
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

// A session is one on an address book, opened when it is needed.
type session struct {
	client func() (*mapiclient.Client, error)

	mu   sync.Mutex
	book *mapiclient.AddressBook
}

func (s *session) find(ctx context.Context, address string) (bool, error) {
	book, err := s.open(ctx)
	if err != nil {
		return false, err
	}
	entry, err := book.ByAddress(ctx, address)
	return entry != nil, err
}

func (s *session) open(ctx context.Context) (*mapiclient.AddressBook, error) {
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

func (s *session) close(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.book != nil {
		s.book.Close(ctx)
		s.book = nil
	}
	return nil
}

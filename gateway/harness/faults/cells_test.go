package faults_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/exchange"
	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/outbox"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/sqlite"
	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

const subject = "The one mail"

// mostTries bounds how often an operation is tried.
const mostTries = 10

// longestRest is how long a server that wants to be left alone is, here: somewhat longer than one that only says it is busy.
const longestRest = 7 * time.Second

// newServer starts a test Exchange with two users and gives a client of alice.
func newServer(t *testing.T) (*mapitest.Server, *mapiclient.Client) {
	t.Helper()
	s := mapitest.NewServer(t)
	for _, name := range []string{"alice", "bob"} {
		if _, err := s.AddUser(mapitest.User{Name: name, Address: name + "@example.test", Password: "secret"}); err != nil {
			t.Fatal(err)
		}
	}
	alice := s.Mailbox("alice")
	c, err := mapiclient.New(mapiclient.Options{
		Endpoint: mapiclient.Endpoint{URL: alice.URL(), AddressBookURL: alice.AddressBookURL(), UserDN: alice.LegacyDN()},
		Address:  alice.Address(),
		Auth:     auth.NewBasic(auth.Credentials{User: "alice", Password: auth.NewSecret("secret")}),
		HTTP:     mapihttp.LaneConfig{TLS: &tls.Config{RootCAs: s.CertPool()}},
		Timeout:  clientLimit,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return s, c
}

// body is a mail's MIME in memory.
type body []byte

func (b body) Size() int64 { return int64(len(b)) }
func (b body) Open(context.Context) (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(b)), nil
}

// group is a mail from alice to bob, as the queue gives it to a courier.
func group(subject string) queue.Group {
	to := mail.Recipient{Address: "bob@example.test"}
	id := mail.NewID(time.Now())
	return queue.Group{
		Mail: mail.Mail{
			ID: id, Envelope: mail.Envelope{From: "alice@example.test", Recipients: []mail.Recipient{to}},
			Body: body("From: alice@example.test\r\nTo: bob@example.test\r\nSubject: " + subject + "\r\nMessage-ID: <" +
				string(id) + "@example.test>\r\nDate: Sun, 22 Nov 2026 10:00:00 +0000\r\n\r\nHello.\r\n"),
		},
		Items: []queue.Item{{Recipient: to, Attempt: 1}},
	}
}

// submitCell sends a mail through the courier, as long as it says to try again.
func submitCell(t *testing.T, arm func(*mapitest.Server)) cell {
	s, client := newServer(t)
	accounts := exchange.NewAccounts(func(string) (*mapiclient.Client, error) { return client, nil }, 1)
	submitter, err := exchange.NewSubmitter(exchange.SubmitterOptions{Accounts: accounts, Fallback: "alice@example.test"})
	if err != nil {
		t.Fatal(err)
	}
	// The first mail opens the session and makes the shape known.
	if first := submitter.Deliver(t.Context(), group("The first mail"))[0]; first.Verdict != mail.Delivered {
		t.Fatal(first.Text)
	}
	arm(s)
	g := group(subject)
	var c cell
	for c.tries < mostTries {
		c.tries++
		o := submitter.Deliver(t.Context(), g)[0]
		if c.first == "" {
			c.first = o.Verdict.String()
		}
		if o.Verdict == mail.Delivered || o.Verdict == mail.Failed {
			break
		}
		// What the queue remembers between two tries.
		item := &g.Items[0]
		item.Unknown = (item.Unknown || o.Verdict == mail.Unknown) && !o.Absent
		item.Attempt++
		time.Sleep(min(max(50*time.Millisecond, o.RetryAfter), longestRest))
	}
	bob := s.Mailbox("bob")
	ctx, cancel := context.WithTimeout(t.Context(), 5*clientLimit)
	defer cancel()
	_, c.err = bob.WaitFor(ctx, mapitest.Inbox, func(m *mapitest.Stored) bool { return isTheOne(m) })
	time.Sleep(2*clientLimit + 200*time.Millisecond) // a slow server may still be at it
	c.copies = count(bob, mapitest.Inbox)
	c.leftover = count(s.Mailbox("alice"), mapitest.Outbox)
	return c
}

func isTheOne(m *mapitest.Stored) bool { return mapi.PidTagSubject.Get(m.Message.Props) == subject }

func count(m *mapitest.Mailbox, folder string) int {
	n := 0
	for _, stored := range m.Messages(folder) {
		if isTheOne(&stored) {
			n++
		}
	}
	return n
}

// draft is a mail that a user has put where the gateway takes it.
func draft() *mapi.Message {
	entryID, err := mapi.EntryIDBytes(mapi.NewOneOff("Bob", "bob@elsewhere.test"))
	if err != nil {
		panic(err)
	}
	return &mapi.Message{
		Props: mapi.Props{mapi.PidTagMessageClass.Of("IPM.Note"), mapi.PidTagSubject.Of(subject),
			mapi.PidTagBody.Of(strings.Repeat("Hello.\r\n", 500)), mapi.PidTagMessageFlags.Of(9)},
		Recipients: []mapi.Recipient{{Type: mapi.RecipientTo, Props: mapi.Props{
			mapi.PidTagDisplayName.Of("Bob"), mapi.PidTagAddressType.Of("SMTP"), mapi.PidTagEmailAddress.Of("bob@elsewhere.test"),
			mapi.PidTagSmtpAddress.Of("bob@elsewhere.test"), mapi.PidTagEntryId.Of(entryID), mapi.PidTagObjectType.Of(6), mapi.PidTagDisplayType.Of(0)}}},
	}
}

// readCell reads a message, opening the mailbox again when the session is lost.
func readCell(t *testing.T, arm func(*mapitest.Server)) cell {
	s, client := newServer(t)
	if _, err := s.Mailbox("alice").Deposit(mapitest.Outbox, draft()); err != nil {
		t.Fatal(err)
	}
	pool := mapiclient.NewPool(mapiclient.PoolOptions{Sessions: 1})
	defer pool.Close(context.Background())
	var id mapi.MessageID
	err := pool.With(t.Context(), client, func(m *mapiclient.Mailbox) error {
		rows, err := m.Messages(t.Context(), m.SpecialFolder(rop.FolderOutbox), mapiclient.Query{})
		if err == nil {
			id = rows[0].ID
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	arm(s)
	var c cell
	for c.tries < mostTries {
		c.tries++
		c.err = pool.With(t.Context(), client, func(m *mapiclient.Mailbox) error {
			o, err := m.Open(t.Context(), m.SpecialFolder(rop.FolderOutbox), id, mapiclient.OpenOptions{})
			if err != nil {
				return err
			}
			defer o.Close()
			want := draft()
			if mapi.PidTagBody.Get(o.Props) != mapi.PidTagBody.Get(want.Props) || len(o.Recipients) != 1 {
				return fmt.Errorf("the message came incomplete")
			}
			return nil
		})
		if c.first == "" {
			c.first = kind(c.err)
		}
		if c.err == nil {
			break
		}
		pause := 20 * time.Millisecond
		var paused *mapiclient.PausedError
		if errors.As(c.err, &paused) {
			pause = min(max(pause, time.Until(paused.Until)), longestRest)
		}
		time.Sleep(pause)
	}
	c.copies = count(s.Mailbox("alice"), mapitest.Outbox)
	return c
}

// moveCell has the reconciler claim a message, with the fault at its move.
func moveCell(t *testing.T, arm func(*mapitest.Server)) cell {
	var once sync.Once
	return reconcile(t, func(s *mapitest.Server, step outbox.Step) {
		if step == outbox.StepMarked {
			once.Do(func() { arm(s) })
		}
	}, func(s *mapitest.Server) {})
}

// watchCell has the reconciler watch a mailbox, with the fault at the watch,
// and then puts a message there.
func watchCell(t *testing.T, arm func(*mapitest.Server)) cell {
	return reconcile(t, func(*mapitest.Server, outbox.Step) {}, arm)
}

// reconcile runs a reconciler until the message is in the queue, and counts how
// often it is there.
func reconcile(t *testing.T, step func(*mapitest.Server, outbox.Step), before func(*mapitest.Server)) cell {
	s, client := newServer(t)
	q, err := sqlite.Open(t.TempDir(), sqlite.Options{MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	before(s)
	notes := &notebook{first: "done"}
	// A clock that runs fast: what is put off for minutes comes again at once.
	began := time.Now()
	w, err := outbox.New(outbox.Options{
		Mailbox: "alice@example.test", Client: client, Queue: q, Mode: outbox.ModeOutbox, Grace: -1, Poll: 100 * time.Millisecond,
		Now: func() time.Time { return began.Add(1000 * time.Since(began)) },
		Legs: func(_ context.Context, m *mail.Mail) ([]queue.Leg, error) {
			return []queue.Leg{{Courier: "out", Destination: "out"}}, nil
		},
		Refuse: func(mail.Outcome) queue.Leg { return queue.Leg{Courier: "refuse", Destination: "refuse"} },
		Step:   func(at outbox.Step) { step(s, at) },
		Log:    slog.New(notes),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	time.Sleep(300 * time.Millisecond) // it watches, or fails to
	if _, err := s.Mailbox("alice").Deposit(mapitest.Outbox, draft()); err != nil {
		t.Fatal(err)
	}
	c := cell{tries: 1}
	// When to try again is told by the fast clock, and the watch knows only the true one: on a slow machine nothing else may bring it back.
	defer nudge(s.Mailbox("alice"))()
	c.copies, c.err = queued(t, q)
	time.Sleep(500 * time.Millisecond)
	if n, err := queued(t, q); err == nil {
		c.copies = n
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	c.first, c.tries = notes.told()
	// In the queue it lies claimed, and nowhere else.
	c.leftover = count(s.Mailbox("alice"), mapitest.Outbox)
	if err := q.Close(); err != nil {
		t.Error(err)
	}
	return c
}

// nudge has somebody write a message in the Outbox again and again, until the function that it gives is called.
func nudge(m *mapitest.Mailbox) (stop func()) {
	ended := make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		tick := time.NewTicker(5 * time.Second)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				_, _ = m.Deposit(mapitest.Outbox, &mapi.Message{Props: mapi.Props{mapi.PidTagSubject.Of("somebody is still writing this")}})
			case <-ended:
				return
			}
		}
	})
	return func() { close(ended); running.Wait() }
}

// queued waits until the mail is in the queue and tells how often.
func queued(t *testing.T, q *sqlite.Queue) (int, error) {
	for deadline := time.Now().Add(90 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		page, err := q.List(t.Context(), queue.Filter{All: true})
		if err != nil {
			return 0, err
		}
		if n := len(page.Records); n > 0 {
			return n, nil
		}
		if time.Now().After(deadline) {
			return 0, fmt.Errorf("the message did not come into the queue")
		}
	}
}

// A notebook is a log handler that remembers the errors it was told of.
type notebook struct {
	mu    sync.Mutex
	first string
	n     int
}

func (b *notebook) Enabled(context.Context, slog.Level) bool { return true }
func (b *notebook) WithAttrs([]slog.Attr) slog.Handler       { return b }
func (b *notebook) WithGroup(string) slog.Handler            { return b }

// Handle implements slog.Handler.
func (b *notebook) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if err, ok := a.Value.Any().(error); ok && r.Level >= slog.LevelWarn {
			b.mu.Lock()
			defer b.mu.Unlock()
			if b.n++; b.n == 1 {
				b.first = kind(err)
			}
		}
		return true
	})
	return nil
}

func (b *notebook) told() (string, int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.first, b.n + 1
}

package main

import (
	"context"
	"errors"
	"fmt"
	"net/smtp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
)

// clients is how many SMTP clients send at once.
const clients = 8

// A load is the mail that is being sent.
type load struct {
	ctx   context.Context
	g     *process
	w     *world
	books *ledgers
	sent  atomic.Int64
	all   sync.WaitGroup
	done  chan struct{}

	mu  sync.Mutex
	err error
}

// newLoad begins to send the mails, and to save messages in the Outbox.
func newLoad(ctx context.Context, g *process, w *world, books *ledgers, mails, saved int) *load {
	l := &load{ctx: ctx, g: g, w: w, books: books, done: make(chan struct{})}
	var next atomic.Int64
	for range clients {
		l.all.Go(func() {
			for n := next.Add(1); n <= int64(mails) && ctx.Err() == nil; n = next.Add(1) {
				l.note(l.deliver(int(n)))
				l.sent.Add(1)
			}
		})
	}
	l.all.Go(func() {
		for n := range saved {
			l.note(l.save(n))
			time.Sleep(10 * time.Millisecond)
		}
	})
	go func() { l.all.Wait(); close(l.done) }()
	return l
}

func (l *load) note(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		l.err = err
	}
}

// waitFor waits until n mails are sent; false says that the load has ended.
func (l *load) waitFor(n int) bool {
	for l.sent.Load() < int64(n) {
		select {
		case <-l.done:
			return false
		case <-time.After(5 * time.Millisecond):
		}
	}
	return true
}

func (l *load) wait() error {
	<-l.done
	l.mu.Lock()
	defer l.mu.Unlock()
	return errors.Join(l.err, l.ctx.Err())
}

// deliver sends one mail until it is accepted. Each try has a Message-ID of
// its own: one whose answer was lost may arrive, and was not accepted.
func (l *load) deliver(n int) error {
	to := fmt.Sprintf("user%d@elsewhere.test", n%50)
	if n%2 == 0 {
		to = l.w.alice.Address()
	}
	for try := 0; l.ctx.Err() == nil; try++ {
		id := fmt.Sprintf("<crash.%d.%d@example.test>", n, try)
		text := fmt.Sprintf("From: robot@example.test\r\nTo: %s\r\nSubject: crash %d\r\nMessage-ID: %s\r\n\r\n%s\r\n",
			to, n, id, strings.Repeat("All work and no play makes a dull mail. \r\n", 90))
		err := smtp.SendMail(l.g.smtp, nil, "robot@example.test", []string{to}, []byte(text))
		if err == nil {
			return l.books.accept(id)
		}
		time.Sleep(50 * time.Millisecond)
	}
	return l.ctx.Err()
}

// save leaves a message in the Outbox, as a user's client does.
func (l *load) save(n int) error {
	id := fmt.Sprintf("<crash.outbox.%d@example.test>", n)
	to := fmt.Sprintf("user%d@elsewhere.test", n%50)
	entryID, err := mapi.EntryIDBytes(mapi.NewOneOff(to, to))
	if err != nil {
		return err
	}
	_, err = l.w.robot.Deposit(mapitest.Outbox, &mapi.Message{
		Props: mapi.Props{mapi.PidTagMessageClass.Of("IPM.Note"), mapi.PidTagSubject.Of(fmt.Sprintf("crash outbox %d", n)),
			mapi.PidTagBody.Of("Hello."), mapi.PidTagInternetMessageId.Of(id)},
		Recipients: []mapi.Recipient{{Type: mapi.RecipientTo, Props: mapi.Props{mapi.PidTagDisplayName.Of(to),
			mapi.PidTagAddressType.Of("SMTP"), mapi.PidTagEmailAddress.Of(to), mapi.PidTagSmtpAddress.Of(to),
			mapi.PidTagEntryId.Of(entryID)}}},
	})
	if err != nil {
		return err
	}
	return l.books.accept(id)
}

package main

import (
	"context"
	"errors"
	"fmt"
	"net/smtp"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// clients is how many SMTP clients send at once.
	clients = 8
	// ahead of what has arrived the clients may be by so many mails, so that the run ends soon after the last trouble.
	mostWaiting = 400
)

// A load is the mail that is being sent.
type load struct {
	ctx   context.Context
	w     *world
	books *ledgers
	least int // mails over SMTP
	over  atomic.Bool
	next  atomic.Int64
	all   sync.WaitGroup

	mu  sync.Mutex
	err error
}

// newLoad begins to send mails, at least so many and until enough is called, and to save messages in the Outbox.
func newLoad(ctx context.Context, w *world, books *ledgers, mails, saved int) *load {
	l := &load{ctx: ctx, w: w, books: books, least: mails}
	for range clients {
		l.all.Go(l.client)
	}
	l.all.Go(func() {
		for n := 0; n < saved && ctx.Err() == nil; n++ {
			l.note(l.save(n))
			time.Sleep(50 * time.Millisecond)
		}
	})
	return l
}

// client sends one mail after the other.
func (l *load) client() {
	for l.ctx.Err() == nil {
		n := int(l.next.Add(1))
		if l.over.Load() && n > l.least {
			return
		}
		l.note(l.deliver(n))
		for l.ctx.Err() == nil && !l.over.Load() {
			kept, promised, _ := l.books.counts()
			time.Sleep(20 * time.Millisecond)
			if promised-kept < mostWaiting {
				break
			}
		}
	}
}

func (l *load) note(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		l.err = err
	}
}

// enough lets the clients end.
func (l *load) enough() { l.over.Store(true) }

func (l *load) wait() error {
	l.all.Wait()
	return errors.Join(l.err, l.ctx.Err())
}

// deliver sends one mail until it is accepted. Each try has a Message-ID of
// its own: one whose answer was lost may arrive, and was not accepted.
func (l *load) deliver(n int) error {
	to := fmt.Sprintf("user%d@elsewhere.test", n%50)
	if n%2 == 0 {
		to = recipient
	}
	length := 90
	if n%10 == 0 {
		length = 5000 // a file beside the database, or several chunks in it
	}
	for try := 0; l.ctx.Err() == nil; try++ {
		id := fmt.Sprintf("<torture.%d.%d@example.test>", n, try)
		text := fmt.Sprintf("From: robot@example.test\r\nTo: %s\r\nSubject: torture %d\r\nMessage-ID: %s\r\n\r\n%s\r\n",
			to, n, id, strings.Repeat("All work and no play makes a dull mail. \r\n", length))
		err := smtp.SendMail(l.w.smtp, nil, "robot@example.test", []string{to}, []byte(text))
		if err == nil {
			return l.books.accept(id)
		}
		time.Sleep(50 * time.Millisecond)
	}
	return l.ctx.Err()
}

// save leaves a message in the Outbox, as a user's client does, until Exchange has answered that it lies there. Each try has a Message-ID
// of its own, as in deliver.
func (l *load) save(n int) error {
	for try := 0; l.ctx.Err() == nil; try++ {
		id := fmt.Sprintf("<torture.outbox.%d.%d@example.test>", n, try)
		err := l.w.order(l.ctx, "save", url.Values{"id": {id}, "to": {fmt.Sprintf("user%d@elsewhere.test", n%50)}})
		if err == nil {
			return l.books.accept(id)
		}
		time.Sleep(50 * time.Millisecond)
	}
	return l.ctx.Err()
}

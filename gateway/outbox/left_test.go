package outbox

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
)

// A logged is a log that may be read while it is written.
type logged struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// Somebody who gets a report opens the returned mail and sends it again: it has the id of the mail that failed. That mail is nobody's work any
// more, so that the new one is taken. While a mail is still to be submitted, what has its id may be the courier's; that is logged, once.
func TestTakesWhatIsSentAgainAfterABounce(t *testing.T) {
	for name, o := range map[string]mail.Outcome{
		"failed":      {Verdict: mail.Failed, Code: 550, Detail: "1.1", Text: "no such user"},
		"delivered":   {Verdict: mail.Delivered, Code: 250},
		"still to go": {Verdict: mail.Retry, Code: 451, Text: "later"},
	} {
		t.Run(name, func(t *testing.T) {
			log := new(logged)
			b := newBench(t, func(o *Options) { o.Log = slog.New(slog.NewTextHandler(log, nil)) })
			first := b.underway("first")
			b.report("exchange", o)
			b.deposit(mapitest.Outbox, with(draft("again"), idHeader.Of(string(first))))
			if o.Verdict != mail.Retry {
				b.records(2)
				return
			}
			told := func() int { return strings.Count(log.String(), string(first)) }
			for deadline := time.Now().Add(patience); told() == 0 && time.Now().Before(deadline); {
				time.Sleep(20 * time.Millisecond)
			}
			b.deposit(mapitest.Outbox, draft("another")) // so that it looks again
			b.records(2)
			if n := told(); n != 1 || !strings.Contains(log.String(), "left alone") {
				t.Errorf("told %d times that it is left alone:\n%s", n, log)
			}
		})
	}
}

// A mail that goes another way than through a mailbox leaves no draft: what has its id is somebody's.
func TestTakesWhatHasTheIdOfAMailForTheInternet(t *testing.T) {
	b := newBench(t, func(o *Options) { o.Submits = func(l queue.Leg) bool { return l.Courier == "elsewhere" } })
	first := b.underway("first")
	b.deposit(mapitest.Outbox, with(draft("again"), idHeader.Of(string(first))))
	b.records(2)
}

package exchange

import (
	"context"
	"sync"
	"time"

	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
)

const (
	// limitsFor is how long what a store says about its limits is believed.
	limitsFor = 10 * time.Minute
	// limitsAgain is how long one that did not say is not asked again.
	limitsAgain = time.Minute
)

// limits are what a mailbox takes.
type limits struct {
	mu    sync.Mutex
	until time.Time // bytes is believed
	bytes int64
	// recipients is what the server has shown to take, 0 before it refused a number.
	recipients int
}

// size is the largest message in bytes that the store says it takes, or 0 when it says nothing. [MS-OXCSTOR] 2.2.2.1.1.2
func (l *limits) size(ctx context.Context, m *mapiclient.Mailbox, now time.Time) int64 {
	if n, known := l.known(now); known {
		return n
	}
	props, err := m.Properties(ctx, mapi.PidTagMaximumSubmitMessageSize.Tag()) // others need not wait for it
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.until = now.Add(limitsAgain)
		return l.bytes // the server itself will refuse what is too large
	}
	l.until, l.bytes = now.Add(limitsFor), int64(max(mapi.PidTagMaximumSubmitMessageSize.Get(props), 0))<<10
	return l.bytes
}

func (l *limits) known(now time.Time) (bytes int64, known bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bytes, now.Before(l.until)
}

// most is how many recipients to give one message.
func (l *limits) most(configured int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.recipients > 0 {
		return min(l.recipients, configured)
	}
	return configured
}

// tooMany notes that the server refused so many recipients and gives how many to try.
func (l *limits) tooMany(n int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.recipients = max(n/2, 1)
	return l.recipients
}

// messageSize is about the size of a message in a store, in bytes, and never more: text counts as UTF-8.
func messageSize(msg *mapi.Message) int64 {
	total := propsSize(msg.Props)
	for i := range msg.Recipients {
		total += propsSize(msg.Recipients[i].Props)
	}
	for i := range msg.Attachments {
		a := &msg.Attachments[i]
		total += propsSize(a.Props)
		if a.Data != nil {
			total += max(a.Data.Size(), 0)
		}
		if a.Message != nil {
			total += messageSize(a.Message)
		}
	}
	return total
}

func propsSize(props mapi.Props) (total int64) {
	for i := range props {
		switch v := props[i].Value.(type) {
		case string:
			total += int64(len(v))
		case mapi.String8:
			total += int64(len(v))
		case []byte:
			total += int64(len(v))
		default:
			total += 4
		}
	}
	return total
}

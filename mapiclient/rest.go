package mapiclient

import (
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
)

// A rest is how long one mailbox is left alone because its server asked for it
// within a session: RopBackoff, Retry-After, ecServerBusy, a budget.
// [MS-OXCROPS] 3.1.5.1.1
type rest struct {
	mu    sync.Mutex
	until time.Time
	err   error
}

// longestRest is how long a mailbox is left alone at most, whatever was asked for.
const longestRest = time.Hour

// note lengthens the rest by what an error asks for, and tells how long that is.
func (r *rest) note(err error, now time.Time) time.Duration {
	asked := RetryAfter(err)
	if asked == 0 {
		return 0
	}
	until := now.Add(spread(min(asked, longestRest)))
	r.mu.Lock()
	defer r.mu.Unlock()
	if until.After(r.until) {
		r.until, r.err = until, err
	}
	return asked
}

// over gives a *PausedError while the rest lasts.
func (r *rest) over(now time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.Before(r.until) {
		return &PausedError{Until: r.until, Err: r.err, Mailbox: true}
	}
	return nil
}

// spread lengthens a pause by up to a quarter, so that not all come back at once.
func spread(d time.Duration) time.Duration { return d + rand.N(d/4+1) }

// noteBusy keeps in mind what a server asked for in the middle of a session: those who
// use the mailbox next fail at once, and where it is the account or the whole server, those
// who open any of its mailboxes as well.
func (c *Client) noteBusy(err error) {
	if c.rest.note(err, time.Now()) > 0 && concernsAll(err) {
		c.opts.Breaker.tell(err)
	}
}

// concernsAll tells a budget of the account, or a server as a whole, from one mailbox.
func concernsAll(err error) bool {
	var status *mapihttp.HTTPError
	if errors.As(err, &status) {
		return true
	}
	for _, budget := range []mapi.ErrorCode{mapi.ErrConnectionsOverBudget, mapi.ErrMaxPoolExceeded, mapi.ErrTooManySessions} {
		if errors.Is(err, budget) {
			return true
		}
	}
	return false
}

package mapitest

import (
	"net/http"
	"sync"
	"time"

	"github.com/mapigate/mapigate/mapiclient/frame"
	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// A Budget is how many requests a user may send. The zero value has no end.
type Budget struct {
	// Requests is how many may come at once; they are given back over Per. 0 is
	// any number.
	Requests int
	// Per is how long it takes until all are given back. Default a minute.
	Per time.Duration
	// Answer is how the server says that there are no more.
	Answer ThrottleAnswer
}

// A ThrottleAnswer is how a server says that a user asks too much.
type ThrottleAnswer string

// Answers. All but ThrottleBusy and ThrottleServerBusy say for how long to wait.
const (
	// ThrottleBackoff answers the ROPs of an Execute with RopBackoff; other
	// requests are not held up. [MS-OXCROPS] 3.2.4.2
	ThrottleBackoff ThrottleAnswer = "backoff"
	// ThrottleUnavailable answers 503 with Retry-After.
	ThrottleUnavailable ThrottleAnswer = "503"
	// ThrottleTooMany answers 429 with Retry-After. RFC 6585 4
	ThrottleTooMany ThrottleAnswer = "429"
	// ThrottleServerBusy fails an Execute or Connect with ecServerBusy.
	ThrottleServerBusy ThrottleAnswer = "server-busy"
	// ThrottleBusy fails an Execute with the StatusCode RPC_S_SERVER_TOO_BUSY.
	// [MS-OXCROPS] 3.2.4.2
	ThrottleBusy ThrottleAnswer = "too-busy"
)

// ThrottleAnswers are all there are.
func ThrottleAnswers() []ThrottleAnswer {
	return []ThrottleAnswer{ThrottleBackoff, ThrottleUnavailable, ThrottleTooMany, ThrottleServerBusy, ThrottleBusy}
}

// serverTooBusy is RPC_S_SERVER_TOO_BUSY. [MS-OXCROPS] 3.2.4.2
const serverTooBusy mapi.ErrorCode = 0x000006BB

// budgets are what is left to each user.
type budgets struct {
	mu   sync.Mutex
	left map[*account]purse
}

type purse struct {
	requests float64
	counted  time.Time
}

// spend takes a request off the user's budget. wait is how long it takes until
// there is one again, 0 if there was one.
func (b *budgets) spend(a *account, budget *Budget, now time.Time) (wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left == nil {
		b.left = make(map[*account]purse)
	}
	p, known := b.left[a]
	if !known {
		p = purse{float64(budget.Requests), now}
	}
	rate := float64(budget.Requests) / float64(budget.Per)
	p.requests = min(float64(budget.Requests), p.requests+rate*float64(now.Sub(p.counted)))
	p.counted = now
	if p.requests < 1 {
		wait = time.Duration((1 - p.requests) / rate)
	} else {
		p.requests--
	}
	b.left[a] = p
	return wait
}

// throttle is what becomes of a request that its user's budget does not cover,
// or nil. Signs of life and waiting cost nothing.
func (q *request) throttle() *Fault {
	s := q.server
	budget := &s.opts.Limits.Budget
	if budget.Requests == 0 || q.kind == frame.Ping || q.kind == frame.NotificationWait || q.kind == frame.Disconnect {
		return nil
	}
	if budget.Answer == ThrottleBackoff && q.kind != frame.Execute {
		return nil
	}
	wait := s.budgets.spend(q.user, budget, s.opts.Now())
	if wait == 0 {
		return nil
	}
	// Retry-After has whole seconds.
	seconds := (wait + time.Second - 1).Truncate(time.Second)
	switch budget.Answer {
	case ThrottleUnavailable:
		return &Fault{HTTPStatus: http.StatusServiceUnavailable, RetryAfter: seconds}
	case ThrottleTooMany:
		return &Fault{HTTPStatus: http.StatusTooManyRequests, RetryAfter: seconds}
	case ThrottleServerBusy:
		return &Fault{Code: mapi.ErrServerBusy}
	case ThrottleBusy:
		return &Fault{Status: serverTooBusy}
	}
	q.backoff = (wait + time.Millisecond - 1).Truncate(time.Millisecond)
	return nil
}

package synchronous

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/courier"
	"github.com/mapigate/mapigate/gateway/exchange"
	"github.com/mapigate/mapigate/gateway/ingress"
	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/organisation"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/route"
	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
	"github.com/mapigate/mapigate/smtpside"
	"github.com/mapigate/mapigate/smtpside/signin"
)

const (
	loginIdle = 5 * time.Minute // how long an unused login keeps its sessions
	maxLogins = 500             // logins that are kept; beyond, the one that was unused for longest goes
	loginTime = time.Minute     // for finding the mailbox and signing in
)

// A PassThrough lets the users of an Exchange sign in at a listener, and submits their mail as themselves: each login has
// clients of its own, with the credentials that came with AUTH.
type PassThrough struct {
	config *config.Exchange
	see    organisation.Observers
	tried  func(courier.Try)
	log    *slog.Logger
	key    []byte // passwords are known by their digests under it

	mu     sync.Mutex
	logins map[[sha256.Size]byte]*login
	ending sync.WaitGroup
}

var (
	_ signin.Checker      = (*PassThrough)(nil)
	_ ingress.Synchronous = (*PassThrough)(nil)
)

// A login is a user with a password, or a token, that may be right.
type login struct {
	org     *organisation.Organisation
	deliver func(context.Context, queue.Group) []mail.Outcome
	users   int       // calls under way
	last    time.Time // when the last one ended
	refused bool
	// rejected is set when Exchange refuses the credentials.
	rejected atomic.Bool
}

// NewPassThrough makes the way of the users of an Exchange; tried is told what becomes of their mail. Close it.
func NewPassThrough(e *config.Exchange, see organisation.Observers, tried func(courier.Try), log *slog.Logger) (*PassThrough, error) {
	p := &PassThrough{config: e, see: see, tried: tried, log: log, key: make([]byte, sha256.Size), logins: map[[sha256.Size]byte]*login{}}
	if _, err := rand.Read(p.key); err != nil {
		return nil, fmt.Errorf("pass-through: %w", err)
	}
	return p, nil
}

// Check implements signin.Checker: it opens the user's mailbox.
func (p *PassThrough) Check(ctx context.Context, _ *smtpside.Peer, cred smtpside.Credentials) (string, error) {
	if !strings.Contains(cred.Username, "@") || smtpside.CheckMailbox(cred.Username) != nil || cred.Password+cred.Token == "" {
		return "", smtpside.AuthFailed("sign in with a mail address and its password, or a token for it")
	}
	if !p.ours(cred.Username) {
		p.log.Info("a login with an address of another domain is not tried", "user", cred.Username)
		return "", smtpside.AuthFailed("")
	}
	l, done, err := p.login(cred)
	if err != nil {
		return "", err
	}
	defer done()
	ctx, cancel := context.WithTimeout(ctx, loginTime)
	defer cancel()
	if err = l.org.Accounts.Probe(ctx, cred.Username); err == nil {
		return cred.Username, nil
	}
	p.drop(l)
	if rejected := (*auth.RejectedError)(nil); errors.As(err, &rejected) {
		p.log.Info("Exchange refused a login", "user", cred.Username, "error", err)
		return "", smtpside.AuthFailed("")
	}
	return "", fmt.Errorf("exchange %s: signing in as %s: %w", p.config.Name, cred.Username, err)
}

// ours tells whether a user may be one of this Exchange. Where Autodiscover finds mailboxes, its servers need not hear of addresses
// that are of no domain of theirs.
func (p *PassThrough) ours(user string) bool {
	e := p.config
	domainOf := func(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }
	if e.URL != "" || strings.EqualFold(domainOf(user), domainOf(e.Autodiscover)) {
		return true
	}
	return slices.ContainsFunc(e.Recipients.Domains, func(d route.Pattern) bool { return d.Match(user) })
}

// Leg implements ingress.Synchronous: whatever the routes say, Exchange takes it on.
func (p *PassThrough) Leg(queue.Leg) (queue.Leg, bool) {
	name := route.ExchangeCourier(p.config.Name)
	return queue.Leg{Courier: name, Route: name, Destination: p.config.Name}, true
}

// Together implements ingress.Synchronous.
func (p *PassThrough) Together(queue.Leg) bool { return true }

// Deliver implements ingress.Synchronous.
func (p *PassThrough) Deliver(ctx context.Context, cred smtpside.Credentials, leg queue.Leg, g queue.Group) []mail.Outcome {
	return measured(leg.Courier, &g, p.tried, func() []mail.Outcome {
		l, done, err := p.login(cred)
		if err != nil {
			p.log.Error("a login is lost", "user", cred.Username, "error", err)
			return make([]mail.Outcome, len(g.Items))
		}
		defer done()
		outcomes := l.deliver(ctx, g)
		if l.rejected.Load() { // the password was changed: a device must not lock its account by sending on
			p.drop(l)
			p.log.Warn("Exchange refuses a login that was good", "user", cred.Username)
			for i := range outcomes {
				if outcomes[i].Verdict == mail.Retry {
					outcomes[i] = mail.Outcome{Code: 421, Detail: "7.0", Text: "your password is no longer right: sign in again"}
				}
			}
		}
		return outcomes
	})
}

// login gives the clients of a user, and a function to call when they are no longer needed.
func (p *PassThrough) login(cred smtpside.Credentials) (*login, func(), error) {
	mac := hmac.New(sha256.New, p.key)
	fmt.Fprintf(mac, "%d:%s%d:%s%s", len(cred.Username), strings.ToLower(cred.Username), len(cred.Password), cred.Password, cred.Token)
	key := [sha256.Size]byte(mac.Sum(nil))
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tidy()
	l := p.logins[key]
	if l == nil {
		var err error
		if l, err = p.open(cred); err != nil {
			return nil, nil, err
		}
		p.logins[key] = l
	}
	l.users++
	return l, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		l.users--
		l.last = time.Now()
	}, nil
}

// open makes the clients of a user. Nothing is connected yet.
func (p *PassThrough) open(cred smtpside.Credentials) (*login, error) {
	own := *p.config
	own.User, own.Password = cred.Username, config.Secret(cred.Password)
	var as auth.Authenticator
	if cred.Token != "" {
		as = auth.NewBearer(cred.Username, oneToken(cred.Token))
	}
	l, see := &login{}, p.see
	see.Requests = func(x mapihttp.Exchange) {
		if rejected := (*auth.RejectedError)(nil); errors.As(x.Err, &rejected) || x.Status == http.StatusUnauthorized {
			l.rejected.Store(true)
		}
		if p.see.Requests != nil {
			p.see.Requests(x)
		}
	}
	org, err := organisation.NewAs(&own, as, see, p.log)
	if err != nil {
		return nil, err
	}
	s, err := exchange.NewSubmitter(exchange.SubmitterOptions{
		Accounts: org.Accounts, Fallback: cred.Username, SentItems: exchange.SentItems(own.SentItems), Log: p.log,
	})
	if err != nil {
		return nil, err
	}
	l.org, l.deliver = org, s.Deliver
	return l, nil
}

// oneToken gives the token that a client has signed in with. There is no other: when Exchange wants a fresh one, the client must sign in
// again.
func oneToken(token string) auth.TokenSource {
	secret := auth.NewSecret(token)
	return func(context.Context, bool) (auth.Secret, error) { return secret, nil }
}

// drop forgets a login that did not work.
func (p *PassThrough) drop(l *login) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l.refused = true
}

// tidy ends what is no longer used. Called with mu held.
func (p *PassThrough) tidy() {
	var oldest [sha256.Size]byte
	for key, l := range p.logins {
		switch {
		case l.users > 0:
		case l.refused || time.Since(l.last) > loginIdle:
			p.end(key)
		case p.logins[oldest] == nil || l.last.Before(p.logins[oldest].last):
			oldest = key
		}
	}
	if len(p.logins) >= maxLogins && p.logins[oldest] != nil {
		p.end(oldest)
	}
}

// end closes the sessions of a login, in its own time: nobody waits for that. Called with mu held.
func (p *PassThrough) end(key [sha256.Size]byte) {
	org := p.logins[key].org
	delete(p.logins, key)
	p.ending.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		org.Close(ctx)
	})
}

// Close ends all logins.
func (p *PassThrough) Close(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer p.ending.Wait()
	for key, l := range p.logins {
		delete(p.logins, key)
		l.org.Close(ctx)
	}
	return nil
}

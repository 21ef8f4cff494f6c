package mapitest

import (
	"crypto/rand"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/mapigate/mapigate/mapiclient/frame"
	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// Names of the cookies.
const (
	contextCookie  = "MapiContext"
	sequenceCookie = "MapiSequence"
	backEndCookie  = "X-BackEndCookie"
)

// A session is a session context: what a Connect or Bind makes. One request
// of it runs at a time, beside at most one NotificationWait.
type session struct {
	server  *Server
	path    string // of its cookies
	context string // value of its cookie
	backEnd string
	guid    string // of its X-RequestIds

	user    *account // who signed in
	mailbox *account // whose URL was used
	asAdmin bool

	mu       sync.Mutex // guards what follows
	sequence string
	busy     bool
	closed   bool
	expires  time.Time
	loggedOn bool

	emsmdb *emsmdb // what an EMSMDB session holds; nil for an address book session
}

// sessions are the session contexts of one endpoint.
type sessions struct {
	mu    sync.Mutex
	byID  map[string]*session
	swept time.Time
}

// open makes a session context for the user, or answers the limit.
func (l *sessions) open(q *request, path string) (*session, mapi.ErrorCode) {
	s := &session{
		server: q.server, path: path, context: rand.Text(), backEnd: rand.Text(), guid: requestGUID(q.id),
		user: q.user, mailbox: q.mailbox, sequence: rand.Text(),
		expires: q.server.opts.Now().Add(q.server.life(false)),
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, o := range l.byID {
		if o.user == q.user {
			n++
		}
	}
	if n >= q.server.opts.Limits.Sessions {
		return nil, mapi.ErrTooManySessions
	}
	if l.byID == nil {
		l.byID = make(map[string]*session)
	}
	l.byID[s.context] = s
	return s, 0
}

// find finds the session that a request belongs to. [MS-OXCMAPIHTTP] 3.2.5.1
func (l *sessions) find(q *request) (*session, *refusal) {
	s, refused := l.named(q)
	if refused == nil && requestGUID(q.id) != s.guid && !q.server.has(QuirkOwnResponseCodes) {
		return nil, refuse(frame.CodeInvalidHeader, "%s changes its GUID within a session context", frame.HeaderRequestID)
	}
	return s, refused
}

// named finds the session that a request's cookies name; a Connect that replaces
// it has an id of its own.
func (l *sessions) named(q *request) (*session, *refusal) {
	l.sweep(q.server.opts.Now())
	c, err := q.r.Cookie(q.server.contextCookie())
	if err != nil {
		return nil, refuse(frame.CodeMissingCookie, "no %s cookie", q.server.contextCookie())
	}
	if len(c.Value) != len(rand.Text()) {
		return nil, refuse(frame.CodeInvalidContextCookie, "%s is %q", c.Name, c.Value)
	}
	l.mu.Lock()
	s := l.byID[c.Value]
	l.mu.Unlock()
	if s == nil || s.user != q.user || s.mailbox != q.mailbox && !q.server.has(QuirkMailboxIDIgnored) {
		return nil, refuse(frame.CodeContextNotFound, "no such session context")
	}
	if b, err := q.r.Cookie(backEndCookie); !q.server.has(QuirkSidCookies) && (err != nil || b.Value != s.backEnd) {
		// Without its routing cookie a request reaches a server that does not know the context.
		return nil, refuse(frame.CodeContextNotFound, "the %s cookie is not the context's", backEndCookie)
	}
	q.session = s
	return s, nil
}

// sweep ends the sessions whose time has come.
func (l *sessions) sweep(now time.Time) {
	l.mu.Lock()
	var dead []*session
	if now.Sub(l.swept) > time.Second || now.Before(l.swept) {
		l.swept = now
		for _, s := range l.byID {
			if s.expired(now) {
				dead = append(dead, s)
			}
		}
	}
	l.mu.Unlock()
	for _, s := range dead {
		l.end(s)
	}
}

// end forgets a session and drops what it holds.
func (l *sessions) end(s *session) {
	l.mu.Lock()
	delete(l.byID, s.context)
	l.mu.Unlock()
	s.mu.Lock()
	drop := !s.closed && !s.busy
	s.closed = true
	s.mu.Unlock()
	if drop {
		s.drop()
	}
}

// drop lets go of what the session holds, once no request uses it any more.
func (s *session) drop() {
	if s.emsmdb != nil {
		s.emsmdb.close()
	}
}

// endOf ends every session that fits.
func (l *sessions) endOf(fits func(*session) bool) {
	l.mu.Lock()
	var list []*session
	for _, s := range l.byID {
		if fits(s) {
			list = append(list, s)
		}
	}
	l.mu.Unlock()
	for _, s := range list {
		l.end(s)
	}
}

// ExpireSessions ends all session contexts of a mailbox, by primary address, or
// of all mailboxes when it is empty: what a restart of the real server does.
func (s *Server) ExpireSessions(mailbox string) {
	fits := func(c *session) bool { return mailbox == "" || c.mailbox.Address == mailbox }
	s.emsmdbSessions.endOf(fits)
	s.nspiSessions.endOf(fits)
}

func (s *session) expired(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.busy && now.After(s.expires)
}

// touch keeps the session alive.
func (s *session) touch() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expires = s.server.opts.Now().Add(s.server.life(s.loggedOn))
}

// life is how long a session context lives without a request.
func (s *Server) life(loggedOn bool) time.Duration {
	const shortest = 5 * time.Minute
	if s.has(QuirkShortBeforeLogon) && !loggedOn {
		return min(shortest, s.opts.Limits.SessionIdle)
	}
	return s.opts.Limits.SessionIdle
}

// loggedOn tells whether somebody has logged on in the request's session.
func (q *request) loggedOn() bool {
	if q.session == nil {
		return false
	}
	q.session.mu.Lock()
	defer q.session.mu.Unlock()
	return q.session.loggedOn
}

func (s *session) setLoggedOn() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.loggedOn = true
}

// contextCookie is the name of the cookie that a session context has.
func (s *Server) contextCookie() string {
	if s.has(QuirkSidCookies) {
		return "sid"
	}
	return contextCookie
}

// sequenceCookie is the name of the cookie that says whose turn it is.
func (s *Server) sequenceCookie() string {
	if s.has(QuirkSidCookies) {
		return "sequence"
	}
	return sequenceCookie
}

// begin takes the session for a request that has its turn: nobody else's is
// running, and the sequence cookie is that of the last answer. The sequence
// moves on at once, so that a lost answer loses the context.
func (s *session) begin(q *request) *refusal {
	c, err := q.r.Cookie(q.server.sequenceCookie())
	if err != nil {
		return refuse(frame.CodeMissingCookie, "no %s cookie", q.server.sequenceCookie())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return refuse(frame.CodeContextNotFound, "the session context has ended")
	case s.busy || c.Value != s.sequence:
		return refuse(frame.CodeInvalidSequence, "the request is out of sequence")
	}
	s.busy, s.sequence = true, rand.Text()
	return nil
}

// rotate moves the sequence of a request's session on, which its client is not told.
func (l *sessions) rotate(q *request) {
	s, refused := l.named(q)
	if refused != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sequence = rand.Text()
}

// finish gives the session back.
func (s *session) finish() {
	s.touch()
	s.mu.Lock()
	s.busy = false
	drop := s.closed
	s.mu.Unlock()
	if drop {
		s.drop()
	}
}

// cookies are what the client has to return next time.
func (s *session) cookies() []*http.Cookie {
	s.mu.Lock()
	defer s.mu.Unlock()
	cookie := func(name, value string) *http.Cookie {
		return &http.Cookie{Name: name, Value: value, Path: s.path, Secure: true, HttpOnly: true}
	}
	cookies := []*http.Cookie{cookie(s.server.contextCookie(), s.context), cookie(s.server.sequenceCookie(), s.sequence)}
	if s.server.has(QuirkSidCookies) {
		return cookies
	}
	return append(cookies, cookie(backEndCookie, s.backEnd))
}

// requestGUID is the part of an X-RequestId that a session context keeps.
func requestGUID(id string) string {
	guid, _, _ := strings.Cut(id, ":")
	return strings.ToLower(guid)
}

// Sessions is how many session contexts are open on the mailbox endpoint.
func (s *Server) Sessions() int {
	s.emsmdbSessions.mu.Lock()
	defer s.emsmdbSessions.mu.Unlock()
	return len(s.emsmdbSessions.byID)
}

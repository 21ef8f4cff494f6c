package mapitest

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/mapigate/mapigate/mapiclient/frame"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// cookiePath is where cookies of both endpoints are sent back to.
const cookiePath = "/mapi"

// What Connect tells of polling and retrying. [MS-OXCRPC] 3.1.4.1
const (
	pollsMax   = 60000 // ms
	retryCount = 6
	retryDelay = 10000 // ms
)

// emsmdb is what an EMSMDB session holds.
type emsmdb struct {
	session *session
	objects objects
	logons  [256]*logon

	mu     sync.Mutex // guards what follows; taken after a mailbox's lock
	events []pendingEvent
	wake   chan struct{} // has an element while events wait
}

func (s *Server) emsmdbTypes() map[frame.RequestType]handler {
	return map[frame.RequestType]handler{
		frame.Connect:          s.connect,
		frame.Execute:          s.executeRequest,
		frame.Disconnect:       s.disconnect,
		frame.NotificationWait: s.notificationWait,
		frame.Ping:             s.ping(&s.emsmdbSessions),
	}
}

// connect makes a session context. An old context whose cookies come along is
// ended, whatever its sequence. [MS-OXCMAPIHTTP] 3.1.7, 3.2.5.2
func (s *Server) connect(q *request) {
	var body frame.ConnectRequest
	if refused := q.decode(&body); refused != nil {
		q.refused(refused)
		return
	}
	if old, refused := s.emsmdbSessions.named(q); refused == nil {
		s.emsmdbSessions.end(old)
	}
	answer := &frame.ConnectResponse{StatusCode: q.status()}
	var cookies []*http.Cookie
	if code := s.connectCode(q, &body); code != 0 {
		answer.ErrorCode = uint32(code)
	} else if c, code := s.openEmsmdb(q, &body); code != 0 {
		answer.ErrorCode = uint32(code)
	} else {
		answer.PollsMax, answer.RetryCount, answer.RetryDelay = pollsMax, retryCount, retryDelay
		answer.DNPrefix, answer.DisplayName = s.recipientsDN(), q.user.DisplayName
		cookies = c.cookies()
	}
	q.respond(cookies, func(context.Context) wire.Coder { return answer })
}

// connectCode judges who connects to which mailbox.
func (s *Server) connectCode(q *request, body *frame.ConnectRequest) mapi.ErrorCode {
	target := s.directory.byDN(body.UserDN)
	switch {
	case q.failed() != 0:
		return q.failed()
	case target == nil:
		return mapi.ErrUnknownUser
	case q.user.Disabled, len(q.user.Members) > 0:
		return mapi.ErrAccountDisabled
	case body.CodePage == 0 || body.CodePage == 1200:
		return mapi.ErrUnknownCodePage
	case !s.mayEnter(q.user, target, body.Flags&frame.ConnectAdmin != 0):
		return mapi.ErrLoginPerm
	}
	return 0
}

func (s *Server) openEmsmdb(q *request, body *frame.ConnectRequest) (*session, mapi.ErrorCode) {
	c, code := s.emsmdbSessions.open(q, cookiePath)
	if code != 0 {
		return nil, code
	}
	c.asAdmin = body.Flags&frame.ConnectAdmin != 0
	c.emsmdb = &emsmdb{session: c, wake: make(chan struct{}, 1)}
	return c, 0
}

// take finds the request's session and takes it. The caller gives it back.
func (l *sessions) take(q *request) (*session, *refusal) {
	c, refused := l.find(q)
	if refused != nil {
		return nil, refused
	}
	if q.fault != nil && q.fault.ExpireSession {
		l.end(c)
	}
	if refused := c.begin(q); refused != nil {
		return nil, refused
	}
	return c, nil
}

func (s *Server) executeRequest(q *request) {
	var body frame.ExecuteRequest
	if refused := q.decode(&body); refused != nil {
		q.refused(refused)
		return
	}
	c, refused := s.emsmdbSessions.take(q)
	if refused != nil {
		q.refused(refused)
		return
	}
	q.respond(c.cookies(), func(ctx context.Context) wire.Coder {
		defer c.finish()
		return c.emsmdb.execute(ctx, q, &body)
	})
}

func (s *Server) disconnect(q *request) {
	var body frame.DisconnectRequest
	if refused := q.decode(&body); refused != nil {
		q.refused(refused)
		return
	}
	c, refused := s.emsmdbSessions.take(q)
	if refused != nil {
		q.refused(refused)
		return
	}
	q.respond(nil, func(context.Context) wire.Coder {
		c.finish()
		s.emsmdbSessions.end(c)
		return &frame.DisconnectResponse{StatusCode: q.status(), ErrorCode: uint32(q.failed())}
	})
}

// notificationWait answers when an event waits, or when the time is up. It is
// no part of the sequence of the other requests. [MS-OXCMAPIHTTP] 2.2.4.4
func (s *Server) notificationWait(q *request) {
	var body frame.NotificationWaitRequest
	if refused := q.decode(&body); refused != nil {
		q.refused(refused)
		return
	}
	c, refused := s.emsmdbSessions.find(q)
	if refused != nil {
		q.refused(refused)
		return
	}
	if q.fault != nil && q.fault.ExpireSession {
		s.emsmdbSessions.end(c)
		q.refused(refuse(frame.CodeContextNotFound, "the session context has ended"))
		return
	}
	q.respond(c.cookies(), func(ctx context.Context) wire.Coder {
		answer := &frame.NotificationWaitResponse{StatusCode: q.status(), ErrorCode: uint32(q.failed())}
		if answer.ErrorCode == 0 && c.emsmdb.wait(ctx) {
			answer.EventPending = frame.EventPending
		}
		return answer
	})
}

// wait waits for an event and keeps the session alive meanwhile.
func (e *emsmdb) wait(ctx context.Context) bool {
	limits := &e.session.server.opts.Limits
	end := time.NewTimer(limits.Wait)
	defer end.Stop()
	alive := time.NewTicker(limits.Pending)
	defer alive.Stop()
	if !e.waiting() { // a signal of what has been collected already is old
		select {
		case <-e.wake:
		default:
		}
	}
	for {
		e.session.touch()
		if e.waiting() {
			return true
		}
		select {
		case <-e.wake:
			// Answered even if an Execute has just collected the event.
			return !e.session.ended()
		case <-alive.C:
		case <-end.C:
			if !e.session.server.has(QuirkEndlessWait) {
				return false
			}
		case <-ctx.Done():
			return false
		}
		if e.session.ended() {
			return false
		}
	}
}

func (s *session) ended() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// ping keeps a session alive. It has neither body nor payload.
func (s *Server) ping(l *sessions) handler {
	return func(q *request) {
		if len(q.body) > 0 {
			q.refused(refuse(frame.CodeInvalidRequestBody, "PING has a body of %d bytes", len(q.body)))
			return
		}
		c, refused := l.find(q)
		if refused != nil {
			q.refused(refused)
			return
		}
		c.touch()
		q.respond(c.cookies(), func(context.Context) wire.Coder { return nil })
	}
}

// close drops everything that the session holds. No request uses it any more.
func (e *emsmdb) close() {
	for _, l := range e.logons {
		if l == nil {
			continue
		}
		l.box().Lock()
		for _, obj := range e.objects.byID {
			if obj.value == l {
				e.objects.release(obj)
			}
		}
		l.box().Unlock()
	}
	e.signal()
}

package mapitest

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest/internal/store"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// spools tells whether messages can wait for a spooler.
func (s *Server) spools() bool { return !s.has(QuirkSpoolerIgnored) && !s.has(QuirkSpoolerRefused) }

// setSpooler makes the client a spooler of the mailbox. [MS-OXOMSG] 3.3.5.3
func (x *execution) setSpooler(_ *object, l *logon, _ *rop.SetSpoolerRequest) (rop.Response, mapi.ErrorCode) {
	l.spooler = true
	return &rop.SetSpoolerResponse{}, 0
}

// spoolerLockMessage locks a message of the spooler queue, unlocks it, or says
// that everything has been done for it. [MS-OXOMSG] 3.3.5.4
func (x *execution) spoolerLockMessage(_ *object, l *logon, q *rop.SpoolerLockMessageRequest) (rop.Response, mapi.ErrorCode) {
	resp := new(rop.SpoolerLockMessageResponse)
	s := x.request.server
	switch {
	case q.LockState > rop.FinishMessage:
		return resp, mapi.ErrInvalidParameter
	case s.has(QuirkSpoolerIgnored) && q.LockState == rop.FinishMessage:
		return resp, mapi.ErrNotInQueue
	case s.has(QuirkSpoolerIgnored):
		return resp, 0
	case s.has(QuirkSpoolerRefused), !l.spooler:
		return resp, mapi.ErrNotSupported
	}
	m := l.box().Message(q.MessageID)
	switch {
	case m == nil:
		return resp, mapi.ErrNotInQueue
	case q.LockState == rop.LockMessage:
		return resp, l.lockMessage(m)
	case !l.holds(m):
		return resp, mapi.ErrNotInQueue
	case q.LockState == rop.UnlockMessage:
		l.unlockMessage(m)
	default:
		delete(l.locked, m)
		s.file(m)
	}
	return resp, 0
}

// lockMessage makes the message the spooler's own. Only one can hold it.
func (l *logon) lockMessage(m *store.Message) mapi.ErrorCode {
	if l.holds(m) {
		return 0
	}
	if m.State() != store.StateSpooled {
		return mapi.ErrNotInQueue
	}
	if l.locked == nil {
		l.locked = make(map[*store.Message]bool)
	}
	l.locked[m] = true
	m.SetState(store.StateLocked)
	return 0
}

func (l *logon) unlockMessage(m *store.Message) {
	delete(l.locked, m)
	m.SetState(store.StateSpooled)
}

// holds tells whether the logon has locked the message.
func (l *logon) holds(m *store.Message) bool { return l.locked[m] }

// closeSpooler gives back the messages that a logon has locked when it ends.
func (l *logon) closeSpooler() {
	for m := range l.locked {
		if !m.Gone() {
			l.unlockMessage(m)
		}
	}
	l.locked = nil
}

// saveLocked saves a message that the logon has locked: the spooler marks the
// recipients it has taken care of. [MS-OXOMSG] 3.2.4.8
func (x *execution) saveLocked(m *message, force bool) (rop.Response, mapi.ErrorCode) {
	if code := m.SaveLocked(force); code != 0 {
		return nil, code
	}
	return &rop.SaveChangesMessageResponse{MessageID: m.Message().ID}, 0
}

// file does with a sent message what its properties and the profile say. The
// mailbox is locked.
func (s *Server) file(m *store.Message) {
	m.File(!s.has(QuirkSentMailSvrEID), s.has(QuirkSentMailEntryID))
}

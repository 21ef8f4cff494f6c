package mapiclient

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// Watching every kind of change that can bring a message into a folder.
const watched = rop.NotifyNewMail | rop.NotifyObjectCreated | rop.NotifyObjectModified | rop.NotifyObjectMoved | rop.NotifyObjectCopied

// Watch asks the server to tell about messages that come into a folder or
// change there. It holds as long as the session. [MS-OXCNOTIF] 2.2.1.2.1
func (m *Mailbox) Watch(ctx context.Context, folder mapi.FolderID) error {
	p := m.session.pipeline(ctx)
	queueWatch(p, folder)
	return p.flush()
}

func queueWatch(p *pipeline, folder mapi.FolderID) {
	create(p, p.logon, &rop.RegisterNotificationRequest{Types: watched, FolderID: folder}, nil)
}

// Wait blocks until the server has told of a change since the last Wait, and
// returns true, or until it has nothing to tell for its five minutes or ctx
// ends. It may run beside other calls. [MS-OXCMAPIHTTP] 2.2.4.4
//
// A server that still holds a wait which was given up refuses another: gromox
// 3.10 for up to a minute and a half after a session that ended while waiting.
// Wait then returns false after a moment, since polling goes on meanwhile.
func (m *Mailbox) Wait(ctx context.Context) (bool, error) {
	if m.session.events.take() {
		return true, nil
	}
	pending, err := m.session.conn.NotificationWait(ctx)
	switch {
	case errors.Is(err, mapi.ErrRejected):
		return false, sleep(ctx, refusedWait)
	case err != nil && ctx.Err() != nil && errors.Is(err, context.Cause(ctx)):
		return false, ctx.Err()
	case err != nil:
		return false, err
	}
	if pending {
		// An Execute without ROPs brings the notifications themselves.
		if err := m.session.execute(ctx, m.session.newBatch()); err != nil {
			return false, err
		}
	}
	return m.session.events.take() || pending, nil
}

// Noticed tells whether a change was told with the answer to some other call,
// which then does not wake a Wait any more.
func (m *Mailbox) Noticed() bool { return m.session.events.take() }

// refusedWait is how long to leave a server alone that refuses a wait.
const refusedWait = 3 * time.Second

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// events remembers that notifications came with some answer.
type events struct {
	mu   sync.Mutex
	some bool
}

func (e *events) note(list []rop.NotifyResponse, pending bool) {
	if len(list) == 0 && !pending {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.some = true
}

func (e *events) take() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	some := e.some
	e.some = false
	return some
}

package mapiclient

import (
	"context"
	"errors"
	"sync"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// Watching every kind of change that can bring a message into a folder.
const watched = rop.NotifyNewMail | rop.NotifyObjectCreated | rop.NotifyObjectModified | rop.NotifyObjectMoved | rop.NotifyObjectCopied

// Watch asks the server to tell about messages that come into a folder or
// change there. It holds as long as the session. [MS-OXCNOTIF] 2.2.1.2.1
func (m *Mailbox) Watch(ctx context.Context, folder mapi.FolderID) error {
	p := m.session.pipeline(ctx)
	create(p, p.logon, &rop.RegisterNotificationRequest{Types: watched, FolderID: folder}, nil)
	return p.flush()
}

// Wait blocks until the server has told of a change since the last Wait, and
// returns true, or until it has nothing to tell for its five minutes or ctx
// ends. It may run beside other calls. [MS-OXCMAPIHTTP] 2.2.4.4
func (m *Mailbox) Wait(ctx context.Context) (bool, error) {
	if m.session.events.take() {
		return true, nil
	}
	pending, err := m.session.conn.NotificationWait(ctx)
	if err != nil {
		if ctx.Err() != nil && errors.Is(err, context.Cause(ctx)) {
			return false, ctx.Err()
		}
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

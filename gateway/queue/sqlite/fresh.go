package sqlite

import (
	"bytes"
	"sync"

	"github.com/mapigate/mapigate/gateway/mail"
)

// freshRoom is how many bytes of bodies are remembered.
const freshRoom = 4 << 20

// A fresh remembers the bodies that came last: most mails leave at once, and reading a body back out of the database costs more
// than all the rest of sending it. It forgets the oldest first, and never knows anything that the database does not have.
type fresh struct {
	mu     sync.Mutex
	bodies map[mail.ID][]byte
	order  []mail.ID // oldest first; some may be gone already
	size   int
}

func newFresh() *fresh { return &fresh{bodies: map[mail.ID][]byte{}} }

// keep remembers a body, which is copied.
func (f *fresh) keep(id mail.ID, data []byte) {
	if len(data) > freshRoom/16 {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, known := f.bodies[id]; known {
		return
	}
	f.bodies[id] = bytes.Clone(data)
	f.order = append(f.order, id)
	f.size += len(data)
	for f.size > freshRoom || len(f.order) > 4*len(f.bodies)+64 {
		f.drop(f.order[0])
		f.order = f.order[1:]
	}
}

// get gives a body that is remembered. It must not be changed.
func (f *fresh) get(id mail.ID) ([]byte, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	data, known := f.bodies[id]
	return data, known
}

// forget drops a body whose mail is done.
func (f *fresh) forget(id mail.ID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.drop(id)
}

// drop is forget for those who hold mu.
func (f *fresh) drop(id mail.ID) {
	f.size -= len(f.bodies[id])
	delete(f.bodies, id)
}

package outbox

import (
	"fmt"
	"runtime/debug"
)

// guarded makes a panic over one message that message's failure: it must not take the gateway with it, which would meet it again
// at the next start.
func (s *shift) guarded(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("panic over a message", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = fmt.Errorf("%w: internal error", errHopeless)
		}
	}()
	return f()
}

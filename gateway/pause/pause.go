// Package pause waits without holding up whoever goes down.
package pause

import (
	"context"
	"time"
)

// For waits for as long as d, or until ctx ends, and tells whether it is still wanted that one goes on.
func For(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}

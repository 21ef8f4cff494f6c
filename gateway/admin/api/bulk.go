package api

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

// An order is an action on all that a selection means.
type order struct {
	Action string    `json:"action"`
	Filter selection `json:"filter"`
	// Count confirms: it is how many mails the asker was told that there are. Without it nothing is changed.
	Count  *int   `json:"count"`
	Reason string `json:"reason"`
}

// actAll changes all mails that a filter selects, after the asker has confirmed how many those are.
func (a *API) actAll(w http.ResponseWriter, r *http.Request) error {
	var o order
	if err := read(r, &o); err != nil {
		return err
	}
	what, ok := actions[o.Action]
	if !ok {
		return badRequest("action: %q is not one of %s", o.Action, strings.Join(slices.Sorted(maps.Keys(actions)), ", "))
	}
	why, err := because(r.Context(), o.Reason)
	if err != nil {
		return err
	}
	unhurried(w)
	if len(o.Filter.IDs) > 0 {
		return a.actOn(w, r, o, what.change, why)
	}
	f, err := o.Filter.filter(what)
	if err != nil {
		return err
	}
	if f.Before.IsZero() {
		f.Before = a.opts.Clock() // what comes in meanwhile is not meant
	}
	n, err := a.opts.Queue.Count(r.Context(), f)
	if err != nil {
		return err
	}
	if o.Count == nil {
		write(w, http.StatusOK, result{Count: n, Before: &f.Before})
		return nil
	}
	if n > *o.Count {
		write(w, http.StatusConflict, map[string]any{"error": fmt.Sprintf("there are %d mails now, not %d: ask again", n, *o.Count), "count": n})
		return nil
	}
	done, err := a.opts.Queue.OperateAll(r.Context(), f, what.change, why)
	a.log(r, o.Action, len(done.IDs), done.Recipients)
	if err != nil {
		return err
	}
	if what.change == queue.Revive {
		a.hurryAll(r.Context(), f)
	}
	write(w, http.StatusOK, result{Done: true, Count: n, Mails: len(done.IDs), Recipients: done.Recipients, Unchanged: max(n-len(done.IDs), 0)})
	return nil
}

// actOn changes the mails that are named.
func (a *API) actOn(w http.ResponseWriter, r *http.Request, o order, c queue.Change, why string) error {
	ids := o.Filter.IDs
	if o.Count == nil {
		write(w, http.StatusOK, result{Count: len(ids)})
		return nil
	}
	if len(ids) > *o.Count {
		return badRequest("count: there are %d ids", len(ids))
	}
	done, err := a.changeAll(r.Context(), ids, c, why)
	a.log(r, o.Action, done.Mails, done.Recipients)
	if err != nil {
		return err
	}
	if c == queue.Revive {
		a.hurry(r.Context(), ids)
	}
	done.Done, done.Count = true, len(ids)
	write(w, http.StatusOK, done)
	return nil
}

// A result is what came of an order.
type result struct {
	// Done says that it was carried out; otherwise it is to be confirmed with Count and Before.
	Done   bool       `json:"done"`
	Count  int        `json:"count"`
	Before *time.Time `json:"before,omitempty"`
	// Mails and Recipients were changed, Unchanged mails had gone or moved on.
	Mails      int `json:"mails"`
	Recipients int `json:"recipients"`
	Unchanged  int `json:"unchanged"`
}

// atOnce is how many mails are changed at the same time: they share the disk's flushes.
const atOnce = 64

func (a *API) changeAll(ctx context.Context, ids []mail.ID, c queue.Change, why string) (result, error) {
	var mu sync.Mutex
	var done result
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(atOnce)
	for _, id := range ids {
		if ctx.Err() != nil {
			break
		}
		all.Go(func() error {
			n, err := a.opts.Queue.Operate(ctx, id, c, why)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case errors.Is(err, queue.ErrNotFound), errors.Is(err, queue.ErrState):
				done.Unchanged++
			case err != nil:
				return err
			default:
				done.Mails++
				done.Recipients += n
			}
			return nil
		})
	}
	err := all.Wait()
	return done, err
}

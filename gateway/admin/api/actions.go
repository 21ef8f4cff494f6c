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

	"github.com/mapigate/mapigate/gateway/admin/access"
	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

// An action is what operators do with mail.
type action struct {
	change queue.Change
	// states are those that a filter without states means: what the action is usually for.
	states []queue.State
}

var actions = map[string]action{
	"retry":   {queue.Revive, []queue.State{queue.Waiting, queue.Unknown}},
	"hold":    {queue.Hold, []queue.State{queue.Waiting, queue.Unknown}},
	"release": {queue.Free, []queue.State{queue.Held}},
	"drop":    {queue.Drop, []queue.State{queue.Waiting, queue.Unknown, queue.Held}},
}

// may tells whether the action can change what is in that state.
func (a action) may(s queue.State) bool {
	_, err := s.After(a.change)
	return err == nil || slices.Contains(a.states, s) // what is in doubt has changes of its own
}

func actionOf(name string) (action, error) {
	a, ok := actions[name]
	if !ok {
		return a, &requestError{http.StatusNotFound, fmt.Sprintf("there is no action %q, but %s", name, strings.Join(slices.Sorted(maps.Keys(actions)), ", "))}
	}
	return a, nil
}

// mostReason bounds what stands in the events of each mail.
const mostReason = 500

// because is what stands in the events.
func because(ctx context.Context, reason string) (string, error) {
	if len(reason) > mostReason {
		return "", badRequest("reason: more than %d bytes", mostReason)
	}
	why := "by " + access.From(ctx).Name
	if reason = strings.TrimSpace(reason); reason != "" {
		why += ": " + reason
	}
	return why, nil
}

// act changes one mail.
func (a *API) act(w http.ResponseWriter, r *http.Request) error {
	what, err := actionOf(r.PathValue("action"))
	if err != nil {
		return err
	}
	var asked struct {
		Reason string `json:"reason"`
	}
	if err := read(r, &asked); err != nil {
		return err
	}
	why, err := because(r.Context(), asked.Reason)
	if err != nil {
		return err
	}
	id := mail.ID(r.PathValue("id"))
	n, err := a.opts.Queue.Operate(r.Context(), id, what.change, why)
	if err != nil {
		return a.why(r.Context(), id, r.PathValue("action"), err)
	}
	a.opts.Log.Info("changed by an operator", "msg", id, "action", r.PathValue("action"), "who", access.From(r.Context()).Name, "recipients", n)
	if what.change == queue.Revive {
		a.hurry(r.Context(), []mail.ID{id})
	}
	write(w, http.StatusOK, map[string]any{"id": id, "action": r.PathValue("action"), "recipients": n})
	return nil
}

// why says what kept an action from being done.
func (a *API) why(ctx context.Context, id mail.ID, name string, err error) error {
	if !errors.Is(err, queue.ErrState) {
		return err
	}
	record, showErr := a.opts.Queue.Show(ctx, id)
	if showErr != nil {
		return err
	}
	states := map[string]bool{}
	for _, s := range record.Recipients {
		states[s.State.String()] = true
	}
	text := fmt.Sprintf("nothing to %s: the recipients of this mail are %s", name, strings.Join(slices.Sorted(maps.Keys(states)), ", "))
	if name == "retry" && !record.Finished.IsZero() {
		text += ", and what was delivered, or whose content is no longer kept, cannot be tried again"
	}
	if states[queue.Leased.String()] {
		text += "; a courier is at it: ask again in a moment"
	}
	return &requestError{http.StatusConflict, text}
}

// hurry makes couriers try the destinations of mails, even those that did not answer lately.
func (a *API) hurry(ctx context.Context, ids []mail.ID) {
	down := map[[2]string]bool{}
	for _, d := range a.opts.Down() {
		down[[2]string{d.Courier, d.Destination}] = true
	}
	for _, id := range ids {
		if len(down) == 0 {
			return
		}
		record, err := a.opts.Queue.Show(ctx, id)
		if err != nil {
			continue // the mail is due all the same
		}
		for _, s := range record.Recipients {
			if key := [2]string{s.Courier, s.Destination}; down[key] && !s.State.Final() {
				delete(down, key)
				a.flushOne(ctx, s.Courier, s.Destination)
			}
		}
	}
}

// hurryAll does the same for all mails that a filter selected.
func (a *API) hurryAll(ctx context.Context, f queue.Filter) {
	f.States = []queue.State{queue.Waiting, queue.Unknown}
	for _, d := range a.opts.Down() {
		if f.Courier != "" && f.Courier != d.Courier || f.Destination != "" && f.Destination != d.Destination {
			continue
		}
		its := f
		its.Courier, its.Destination = d.Courier, d.Destination
		if n, err := a.opts.Queue.Count(ctx, its); err != nil || n > 0 {
			a.flushOne(ctx, d.Courier, d.Destination)
		}
	}
}

func (a *API) flushOne(ctx context.Context, courier, destination string) {
	if _, err := a.opts.Flush(ctx, courier, destination); err != nil {
		a.opts.Log.Warn("cannot hasten a destination", "destination", destination, "error", err)
	}
}

// A selection is what part of the queue is meant.
type selection struct {
	IDs         []mail.ID  `json:"ids"`
	States      []string   `json:"states"`
	Sender      string     `json:"sender"`
	Recipient   string     `json:"recipient"`
	Courier     string     `json:"courier"`
	Destination string     `json:"destination"`
	MessageID   string     `json:"message_id"`
	Before      *time.Time `json:"before"`
	Since       *time.Time `json:"since"`
}

// filter gives the filter for an action; without states it means those that the action is for.
func (s selection) filter(what action) (queue.Filter, error) {
	f := queue.Filter{
		Sender: s.Sender, Recipient: s.Recipient, Courier: s.Courier, Destination: s.Destination, MessageID: s.MessageID, States: what.states,
	}
	if s.Before != nil {
		f.Before = *s.Before
	}
	if s.Since != nil {
		f.Since = *s.Since
	}
	if len(s.States) == 0 {
		return f, nil
	}
	f.States = nil
	for _, name := range s.States {
		state, err := queue.ParseState(name)
		if err != nil {
			return f, badRequest("%v", err)
		}
		if !what.may(state) {
			return f, badRequest("states: what is %s cannot be changed so", name)
		}
		f.States = append(f.States, state)
	}
	return f, nil
}

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

func (a *API) log(r *http.Request, action string, mails, recipients int) {
	a.opts.Log.Info("changed by an operator", "action", action, "who", access.From(r.Context()).Name, "mails", mails, "recipients", recipients)
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

// flush makes all that waits for a destination due now.
func (a *API) flush(w http.ResponseWriter, r *http.Request) error {
	var asked struct {
		Destination string `json:"destination"`
		Courier     string `json:"courier"`
	}
	if err := read(r, &asked); err != nil {
		return err
	}
	if asked.Destination == "" {
		return badRequest("destination: is needed")
	}
	couriers := a.opts.Couriers()
	if asked.Courier != "" {
		if !slices.Contains(couriers, asked.Courier) {
			return badRequest("courier: there is no %q, but %s", asked.Courier, strings.Join(couriers, ", "))
		}
		couriers = []string{asked.Courier}
	}
	total := 0
	for _, c := range couriers {
		n, err := a.opts.Flush(r.Context(), c, asked.Destination)
		if err != nil {
			return err
		}
		total += n
	}
	a.opts.Log.Info("flushed by an operator", "destination", asked.Destination, "who", access.From(r.Context()).Name, "recipients", total)
	write(w, http.StatusOK, map[string]any{"recipients": total})
	return nil
}

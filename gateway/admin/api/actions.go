package api

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

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

func (a *API) log(r *http.Request, action string, mails, recipients int) {
	a.opts.Log.Info("changed by an operator", "action", action, "who", access.From(r.Context()).Name, "mails", mails, "recipients", recipients)
}

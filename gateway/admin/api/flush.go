package api

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/mapigate/mapigate/gateway/admin/access"
	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

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

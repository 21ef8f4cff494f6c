package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/mapigate/mapigate/gateway/admin/advice"
	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/show"
)

// Looked is what Look found.
type Looked struct {
	Checks []Check
	Stats  queue.Stats
}

// Ready tells whether all checks that matter are fine: all, or those without which no mail can be taken in.
func (l Looked) Ready(acceptOnly bool) bool {
	return !slices.ContainsFunc(l.Checks, func(c Check) bool { return !c.OK && (c.Accept || !acceptOnly) })
}

// Look looks at everything.
func (a *API) Look(ctx context.Context) Looked {
	stats, err := a.opts.Queue.Stats(ctx)
	q := Check{Name: "queue", OK: err == nil, Accept: true}
	if err != nil {
		q.Text = err.Error()
	}
	return Looked{append([]Check{q}, a.opts.Checks(ctx)...), stats}
}

func (a *API) status(w http.ResponseWriter, r *http.Request) error {
	l := a.Look(r.Context())
	down := a.opts.Down()
	if down == nil {
		down = []Down{}
	}
	oldest := l.Stats.Oldest
	if oldest == nil {
		oldest = map[string]time.Time{}
	}
	write(w, http.StatusOK, map[string]any{
		"version": a.opts.Version, "started": a.started, "checks": l.Checks, "queue": show.Depths(l.Stats), "oldest": oldest,
		"disk_free_bytes": l.Stats.Free, "down": down,
	})
	return nil
}

func (a *API) health(w http.ResponseWriter, r *http.Request) error {
	l := a.Look(r.Context())
	code := http.StatusOK
	if !l.Ready(false) {
		code = http.StatusServiceUnavailable
	}
	write(w, code, map[string]any{"ready": l.Ready(false), "accepting": l.Ready(true), "checks": l.Checks})
	return nil
}

func (a *API) watches(w http.ResponseWriter, _ *http.Request) error {
	list := a.opts.Watches()
	if list == nil {
		list = []Watch{}
	}
	write(w, http.StatusOK, map[string]any{"watches": list})
	return nil
}

func (a *API) config(w http.ResponseWriter, _ *http.Request) error {
	list := a.opts.Config()
	if list == nil {
		list = []Setting{}
	}
	write(w, http.StatusOK, map[string]any{"settings": list})
	return nil
}

// A destination is what waits for one, and whether it answers.
type destination struct {
	Courier     string         `json:"courier"`
	Destination string         `json:"destination"`
	Waiting     int64          `json:"waiting"`
	Oldest      *time.Time     `json:"oldest,omitempty"`
	Next        *time.Time     `json:"next,omitempty"`
	Down        bool           `json:"down"`
	Since       *time.Time     `json:"down_since,omitempty"`
	Text        string         `json:"text,omitempty"`
	Advice      *advice.Advice `json:"advice,omitempty"`
}

func (a *API) destinations(w http.ResponseWriter, r *http.Request) error {
	found, at, err := a.loads.get(r.Context(), a.opts.Queue, a.opts.Clock())
	if err != nil {
		return err
	}
	write(w, http.StatusOK, map[string]any{"destinations": a.describe(found), "as_of": at})
	return nil
}

// describe joins what waits with what does not answer.
func (a *API) describe(found []queue.Load) []destination {
	list := []destination{}
	down := map[[2]string]Down{}
	for _, d := range a.opts.Down() {
		down[[2]string{d.Courier, d.Destination}] = d
	}
	for _, l := range found {
		d := destination{
			Courier: l.Courier, Destination: l.Destination, Waiting: l.Count, Oldest: timeOrNil(l.Oldest), Next: timeOrNil(l.Next), Text: l.Last.Text,
		}
		if l.Last != (mail.Outcome{}) {
			said := advice.On(l.Courier, l.Last)
			d.Advice = &said
		}
		key := [2]string{l.Courier, l.Destination}
		if known, is := down[key]; is {
			d.Down, d.Since, d.Text = true, &known.Since, known.Text
			delete(down, key)
		}
		list = append(list, d)
	}
	for _, known := range down { // nothing waits for it
		said := advice.On(known.Courier, mail.Outcome{Text: known.Text, Detail: "4.1"})
		list = append(list, destination{Courier: known.Courier, Destination: known.Destination, Down: true, Since: &known.Since, Text: known.Text, Advice: &said})
	}
	slices.SortStableFunc(list, func(x, y destination) int {
		return cmp.Or(cmp.Compare(y.Waiting, x.Waiting), strings.Compare(x.Courier, y.Courier), strings.Compare(x.Destination, y.Destination))
	})
	return list
}

// A problem is something that fails, in plain words.
type problem struct {
	// Kind is "check" or "destination"; Name says which.
	Kind    string     `json:"kind"`
	Name    string     `json:"name"`
	Courier string     `json:"courier,omitempty"`
	Waiting int64      `json:"waiting,omitempty"`
	Since   *time.Time `json:"since,omitempty"`
	// Text is what the other side, or the program, said.
	Text string `json:"text,omitempty"`
	advice.Advice
}

func (a *API) problems(w http.ResponseWriter, r *http.Request) error {
	list, err := a.failing(r.Context(), a.Look(r.Context()))
	if err != nil {
		return err
	}
	write(w, http.StatusOK, map[string]any{"problems": list})
	return nil
}

// failing lists what fails: checks first, then destinations that have put mail off.
func (a *API) failing(ctx context.Context, l Looked) ([]problem, error) {
	list := []problem{}
	for _, c := range l.Checks {
		if !c.OK {
			list = append(list, problem{Kind: "check", Name: c.Name, Text: c.Text, Advice: advice.OnCheck(c.Name, c.Text)})
		}
	}
	found, _, err := a.loads.get(ctx, a.opts.Queue, a.opts.Clock())
	if err != nil {
		if len(list) > 0 {
			return list, nil // the queue is one of them
		}
		return nil, err
	}
	for _, d := range a.describe(found) {
		if d.Advice == nil && !d.Down {
			continue // waits for its first try
		}
		p := problem{Kind: "destination", Name: d.Destination, Courier: d.Courier, Waiting: d.Waiting, Since: d.Since, Text: d.Text}
		if p.Since == nil {
			p.Since = d.Oldest
		}
		if d.Advice != nil {
			p.Advice = *d.Advice
		}
		list = append(list, p)
	}
	return list, nil
}

func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

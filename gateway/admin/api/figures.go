package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/mapigate/mapigate/gateway/admin/live"
	"github.com/mapigate/mapigate/gateway/queue"
)

// A rate is what happens on one way now.
type rate struct {
	// PerMinute is recipients, of the last minute.
	PerMinute float64 `json:"per_minute"`
	// P50 and P95 are seconds from a mail's coming in to its delivery; null when there were none.
	P50 *float64 `json:"p50_seconds"`
	P95 *float64 `json:"p95_seconds"`
}

// figures are how it stands now.
type figures struct {
	At         time.Time `json:"at"`
	SMTPIn     float64   `json:"smtp_in_per_minute"`
	OutboxIn   float64   `json:"outbox_in_per_minute"`
	ToExchange rate      `json:"to_exchange"`
	ToSMTP     rate      `json:"to_smtp"`
	Retried    float64   `json:"retried_per_minute"`
	Failed     float64   `json:"failed_per_minute"`
	// Queue counts recipients by state, of all couriers.
	Queue map[string]int64 `json:"queue"`
	// Oldest is when the oldest mail was received that is not finished.
	Oldest *time.Time `json:"oldest,omitempty"`
	// Problems counts what fails.
	Problems int `json:"problems"`
	// Watching and Watches count mailboxes.
	Watching int  `json:"watching"`
	Watches  int  `json:"watches"`
	Ready    bool `json:"ready"`
}

// now collects the figures.
func (a *API) now(ctx context.Context) figures {
	sum, span := a.opts.Live.Recent()
	minutes := span.Minutes()
	l := a.Look(ctx)
	f := figures{
		At: a.opts.Clock().UTC(), SMTPIn: float64(sum.SMTPIn) / minutes, OutboxIn: float64(sum.OutboxIn) / minutes,
		ToExchange: rateOf(&sum, live.ToExchange, minutes), ToSMTP: rateOf(&sum, live.ToSMTP, minutes),
		Retried: float64(sum.Retried) / minutes, Failed: float64(sum.Failed) / minutes,
		Queue: map[string]int64{}, Ready: l.Ready(false),
	}
	for _, s := range queue.States() {
		if !s.Final() || s == queue.Failed || s == queue.Expired {
			f.Queue[s.String()] = 0
		}
	}
	for _, d := range l.Stats.Depths {
		if _, shown := f.Queue[d.State.String()]; shown {
			f.Queue[d.State.String()] += d.Count
		}
	}
	for _, t := range l.Stats.Oldest {
		if f.Oldest == nil || t.Before(*f.Oldest) {
			f.Oldest = &t
		}
	}
	for _, w := range a.opts.Watches() {
		if f.Watches++; w.State == "watching" {
			f.Watching++
		}
	}
	if list, err := a.failing(ctx, l); err == nil {
		f.Problems = len(list)
	}
	return f
}

func rateOf(sum *live.Figures, w live.Way, minutes float64) rate {
	r := rate{PerMinute: float64(sum.Delivered[w]) / minutes}
	if sum.Delivered[w] > 0 {
		p50, p95 := sum.Took[w].Quantile(.5).Seconds(), sum.Took[w].Quantile(.95).Seconds()
		r.P50, r.P95 = &p50, &p95
	}
	return r
}

// history is the last hour, column by column, as charts want it.
type history struct {
	Step       float64    `json:"step_seconds"`
	Time       []int64    `json:"time"`
	SMTPIn     []int      `json:"smtp_in"`
	OutboxIn   []int      `json:"outbox_in"`
	ToExchange []int      `json:"to_exchange"`
	ToSMTP     []int      `json:"to_smtp"`
	Retried    []int      `json:"retried"`
	Failed     []int      `json:"failed"`
	P95Into    []*float64 `json:"to_exchange_p95_seconds"`
	P95Out     []*float64 `json:"to_smtp_p95_seconds"`
}

func (a *API) figures(w http.ResponseWriter, r *http.Request) error {
	first, points := a.opts.Live.History()
	write(w, http.StatusOK, map[string]any{"now": a.now(r.Context()), "history": historyOf(first, points)})
	return nil
}

func historyOf(first time.Time, points []live.Figures) history {
	h := history{Step: live.Step.Seconds(), Time: []int64{}}
	for i := range points {
		h.add(first.Add(time.Duration(i)*live.Step).Unix(), &points[i])
	}
	return h
}

func (h *history) add(at int64, p *live.Figures) {
	h.Time = append(h.Time, at)
	h.SMTPIn = append(h.SMTPIn, p.SMTPIn)
	h.OutboxIn = append(h.OutboxIn, p.OutboxIn)
	h.ToExchange = append(h.ToExchange, p.Delivered[live.ToExchange])
	h.ToSMTP = append(h.ToSMTP, p.Delivered[live.ToSMTP])
	h.Retried = append(h.Retried, p.Retried)
	h.Failed = append(h.Failed, p.Failed)
	h.P95Into = append(h.P95Into, p95(p, live.ToExchange))
	h.P95Out = append(h.P95Out, p95(p, live.ToSMTP))
}

func p95(p *live.Figures, w live.Way) *float64 {
	if p.Delivered[w] == 0 {
		return nil
	}
	s := p.Took[w].Quantile(.95).Seconds()
	return &s
}

const (
	// tellEvery is how often those who follow hear how it stands.
	tellEvery = 2 * time.Second
	// tellTime is how long they may take to listen.
	tellTime = 10 * time.Second
	// mostFollowers bounds who listens at the same time.
	mostFollowers = 100
)

// live tells how it stands, again and again: server-sent events. "now" has the figures of /figures, "point" the newest point of
// its history as a history of one.
func (a *API) live(w http.ResponseWriter, r *http.Request) error {
	defer a.followers.Add(-1)
	if a.followers.Add(1) > mostFollowers {
		return &requestError{http.StatusTooManyRequests, fmt.Sprintf("%d pages are open already", mostFollowers)}
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // nginx would keep it back
	unhurried(w)
	c := http.NewResponseController(w)
	tick := time.NewTicker(tellEvery)
	defer tick.Stop()
	var told int64
	for {
		c.SetWriteDeadline(time.Now().Add(tellTime)) // a writer that knows none has none
		if err := event(w, "now", a.now(r.Context())); err != nil {
			return nil
		}
		first, points := a.opts.Live.History()
		at := first.Add(time.Duration(len(points)-1) * live.Step)
		if at.Unix() > told {
			told = at.Unix()
			if err := event(w, "point", historyOf(at, points[len(points)-1:])); err != nil {
				return nil
			}
		}
		if err := c.Flush(); err != nil {
			return nil
		}
		select {
		case <-r.Context().Done():
			return nil
		case <-a.closing:
			return nil
		case <-tick.C:
		}
	}
}

func event(w http.ResponseWriter, name string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "event: %s\ndata: %s\n\n", name, b)
	return err
}

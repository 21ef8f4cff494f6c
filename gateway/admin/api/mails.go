package api

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/show"
)

// filter reads what part of the queue is wanted.
func filter(v url.Values) (queue.Filter, error) {
	f := queue.Filter{
		All: v.Get("all") != "" && v.Get("all") != "0" && v.Get("all") != "false", After: mail.ID(v.Get("after")),
		Sender: v.Get("sender"), Recipient: v.Get("recipient"), Courier: v.Get("courier"), Destination: v.Get("destination"), MessageID: v.Get("message_id"),
	}
	var err error
	if f.Limit, err = number(v, "limit", 0); err != nil {
		return f, err
	}
	for _, name := range v["state"] {
		state, err := queue.ParseState(name)
		if err != nil {
			return f, badRequest("%v", err)
		}
		f.States = append(f.States, state)
	}
	if f.Before, err = moment(v, "before"); err != nil {
		return f, err
	}
	f.Since, err = moment(v, "since")
	return f, err
}

func moment(v url.Values, name string) (time.Time, error) {
	text := v.Get(name)
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, badRequest("%s: %q is no time like 2006-01-02T15:04:05Z", name, text)
	}
	return t, nil
}

func number(v url.Values, name string, otherwise int) (int, error) {
	text := v.Get(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 1000 {
		return 0, badRequest("%s: %q is no number from 1 to 1000", name, text)
	}
	return n, nil
}

func (a *API) mails(w http.ResponseWriter, r *http.Request) error {
	f, err := filter(r.URL.Query())
	if err != nil {
		return err
	}
	page, err := a.opts.Queue.List(r.Context(), f)
	if err != nil {
		return err
	}
	write(w, http.StatusOK, map[string]any{"mails": show.Page(page), "next": page.Next})
	return nil
}

func (a *API) mail(w http.ResponseWriter, r *http.Request) error {
	m, err := show.Story(r.Context(), a.opts.Queue, mail.ID(r.PathValue("id")))
	if err != nil {
		return err
	}
	write(w, http.StatusOK, m)
	return nil
}

// traced is how many mails a trace tells when nobody says.
const traced = 20

func (a *API) trace(w http.ResponseWriter, r *http.Request) error {
	what := r.URL.Query().Get("q")
	if what == "" {
		return badRequest("q: say what to look for: a queue id, a Message-ID, an address or @domain")
	}
	limit, err := number(r.URL.Query(), "limit", traced)
	if err != nil {
		return err
	}
	found, err := show.Trace(r.Context(), a.opts.Queue, what, limit)
	if err != nil {
		return err
	}
	write(w, http.StatusOK, map[string]any{"mails": found})
	return nil
}

// content gives the mail itself, as a file: no browser shall show what others wrote.
func (a *API) content(w http.ResponseWriter, r *http.Request) error {
	id := mail.ID(r.PathValue("id"))
	body, err := a.opts.Queue.Open(r.Context(), id)
	if errors.Is(err, queue.ErrNotFound) {
		return &requestError{http.StatusNotFound, "there is no such mail, or its content is not kept any more"}
	}
	if err != nil {
		return err
	}
	defer body.Close()
	w.Header().Set("Content-Type", "message/rfc822")
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s.eml"`, id))
	unhurried(w)
	_, err = io.Copy(w, body)
	if err != nil {
		a.opts.Log.Warn("the content of a mail was not read to its end", "msg", id, "error", err)
	}
	return nil // the head of the answer has gone
}

// unhurried takes the time limits of ordinary answers away.
func unhurried(w http.ResponseWriter) {
	c := http.NewResponseController(w)
	c.SetWriteDeadline(time.Time{}) // a writer that knows none has none
	c.SetReadDeadline(time.Time{})
}

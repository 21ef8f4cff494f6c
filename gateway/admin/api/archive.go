package api

import (
	"errors"
	"net/http"

	"github.com/mapigate/mapigate/gateway/admin/access"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/archive"
)

// export writes an archive of all mails that a filter selects. What goes wrong on the way cuts the connection: nobody shall take
// half an archive for a whole one.
func (a *API) export(w http.ResponseWriter, r *http.Request) error {
	f, err := filter(r.URL.Query())
	if err != nil {
		return err
	}
	f.Limit = 1000
	page, err := a.opts.Queue.List(r.Context(), f)
	if err != nil {
		return err
	}
	unhurried(w)
	w.Header().Set("Content-Type", "application/x-tar")
	w.Header().Set("Content-Disposition", `attachment; filename="mapigate-queue.tar"`)
	out := archive.NewWriter(w)
	for {
		for i := range page.Records {
			err := out.Add(r.Context(), a.opts.Queue, page.Records[i].Mail.ID)
			if err != nil && !errors.Is(err, queue.ErrNotFound) { // purged meanwhile
				a.cut(err)
			}
		}
		if f.After = page.Next; f.After == "" {
			break
		}
		if page, err = a.opts.Queue.List(r.Context(), f); err != nil {
			a.cut(err)
		}
	}
	if err := out.Close(); err != nil {
		a.cut(err)
	}
	return nil
}

// cut ends the connection in the one way that net/http has for an answer that has begun.
func (a *API) cut(err error) {
	a.opts.Log.Error("an export was cut", "error", err)
	panic(http.ErrAbortHandler)
}

// restore takes in the mails of an archive.
func (a *API) restore(w http.ResponseWriter, r *http.Request) error {
	unhurried(w)
	var done struct {
		Stored   int `json:"stored"`
		Repeated int `json:"repeated"`
	}
	hold := r.URL.Query().Get("hold") != ""
	n, err := archive.Read(r.Context(), r.Body, a.opts.Queue, archive.Options{Hold: hold, Done: func(receipt queue.Receipt) {
		if receipt.Repeated {
			done.Repeated++
		}
	}})
	done.Stored = n
	a.opts.Log.Info("imported by an operator", "who", access.From(r.Context()).Name, "stored", n, "error", err)
	if err != nil {
		return badRequest("after %d mails: %v", n, err)
	}
	write(w, http.StatusOK, done)
	return nil
}

package api

import (
	"net/http"

	"github.com/mapigate/mapigate/gateway/admin/access"
)

// Reloaded is what reading the configuration again did.
type Reloaded struct {
	// Begun and Ended are the parts that are new and those that are wanted no more, by name; one that is in both was made anew. Kept is
	// how many go on untouched.
	Begun []string `json:"begun"`
	Ended []string `json:"ended"`
	Kept  int      `json:"kept"`
	// Fixed are the settings that differ in the file but hold until the gateway is started again.
	Fixed []string `json:"needs_restart"`
}

// reload reads the configuration again. What is wrong with it is the answer, every mistake on a line of its own.
func (a *API) reload(w http.ResponseWriter, r *http.Request) error {
	if err := read(r, &struct{}{}); err != nil {
		return err
	}
	if a.opts.Reload == nil {
		return &requestError{http.StatusConflict, "this gateway does not read its configuration from a file"}
	}
	a.opts.Log.Info("a reload is asked for", "who", access.From(r.Context()).Name)
	done, err := a.opts.Reload()
	if err != nil {
		return &requestError{http.StatusUnprocessableEntity, err.Error()}
	}
	write(w, http.StatusOK, done)
	return nil
}

// Package api is what the page and the command line ask and order, as JSON below /api/v1. openapi.yaml describes it, and a test
// holds the two together. Names that are there stay: scripts of others rely on them.
package api

import (
	"context"
	_ "embed" // for the document
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mapigate/mapigate/gateway/admin/access"
	"github.com/mapigate/mapigate/gateway/admin/live"
	"github.com/mapigate/mapigate/gateway/queue"
)

// Prefix is where the API lives.
const Prefix = "/api/v1"

// Document is the OpenAPI description.
//
//go:embed openapi.yaml
var Document []byte

// A Queue is the part of the queue that operators use.
type Queue interface {
	queue.Inspector
	queue.Surveyor
	queue.Operator
	queue.Restorer
}

// A Check is one thing that works or does not.
type Check struct {
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	// Text says what is wrong, or what the state is.
	Text string `json:"text,omitempty"`
	// Accept says that without it no mail can be taken in.
	Accept bool `json:"-"`
}

// A Watch is how it stands with one watched mailbox.
type Watch struct {
	Mailbox  string `json:"mailbox"`
	Exchange string `json:"exchange"`
	Mode     string `json:"mode"`
	Folder   string `json:"folder,omitempty"`
	// State is "watching", "elsewhere" (another gateway does) or "failing"; Text is why.
	State string `json:"state"`
	Text  string `json:"text,omitempty"`
}

// A Setting is one line of the configuration. Secrets are hidden already.
type Setting struct {
	Path  string `json:"path"`
	Value string `json:"value"`
	// Given says that it stands in the file; others are defaults.
	Given bool `json:"given"`
}

// A Down is a destination that does not answer.
type Down struct {
	Courier     string    `json:"courier"`
	Destination string    `json:"destination"`
	Since       time.Time `json:"since"`
	Until       time.Time `json:"tried_again_at"`
	Text        string    `json:"text"`
}

// Options say what is behind the API. Queue and Guard are needed.
type Options struct {
	Version string
	Queue   Queue
	Guard   *access.Guard
	Live    *live.Recorder // default: one that nobody tells anything
	// Checks looks at everything but the queue.
	Checks  func(ctx context.Context) []Check
	Down    func() []Down
	Watches func() []Watch
	Config  func() []Setting
	// Couriers lists the names of the couriers.
	Couriers func() []string
	// Flush makes a courier try a destination at once, whatever it thinks of it.
	Flush func(ctx context.Context, courier, destination string) (int, error)
	// Reload reads the configuration again; nil cannot.
	Reload func() (Reloaded, error)
	// Started is when the gateway began; default now.
	Started time.Time
	Clock   func() time.Time
	Log     *slog.Logger // default: discard
}

// An API answers requests.
type API struct {
	opts    Options
	started time.Time
	mux     *http.ServeMux
	loads   loads
	// followers are who listens to live; closing ends them.
	followers atomic.Int32
	closing   chan struct{}
	closed    sync.Once
}

// New checks the options.
func New(o Options) (*API, error) {
	if o.Queue == nil || o.Guard == nil {
		return nil, errors.New("api: Queue and Guard are needed")
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Live == nil {
		o.Live = live.New(o.Clock)
	}
	if o.Checks == nil {
		o.Checks = func(context.Context) []Check { return nil }
	}
	if o.Down == nil {
		o.Down = func() []Down { return nil }
	}
	if o.Watches == nil {
		o.Watches = func() []Watch { return nil }
	}
	if o.Config == nil {
		o.Config = func() []Setting { return nil }
	}
	if o.Couriers == nil {
		o.Couriers = func() []string { return nil }
	}
	if o.Flush == nil {
		o.Flush = func(context.Context, string, string) (int, error) { return 0, nil }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	now := o.Clock()
	if o.Started.IsZero() {
		o.Started = now
	}
	a := &API{opts: o, started: o.Started, mux: http.NewServeMux(), closing: make(chan struct{})}
	a.loads.warm(o.Queue, now)
	for _, r := range routes {
		a.mux.Handle(r.method+" "+Prefix+r.path, a.allow(r.role, r.handle))
	}
	a.mux.HandleFunc(Prefix+"/", func(w http.ResponseWriter, r *http.Request) {
		Fail(w, r, http.StatusNotFound, fmt.Errorf("%s %s is not part of this API: see %s/openapi.yaml", r.Method, r.URL.Path, Prefix))
	})
	return a, nil
}

// A route is one operation of the document.
type route struct {
	method, path string
	role         access.Role
	handle       func(*API, http.ResponseWriter, *http.Request) error
}

// routes are all operations.
var routes = []route{
	{"GET", "/openapi.yaml", access.Nothing, (*API).document},
	{"GET", "/session", access.Nothing, (*API).session},
	{"POST", "/session", access.Nothing, (*API).signIn},
	{"DELETE", "/session", access.Nothing, (*API).signOut},
	{"GET", "/status", access.ReadOnly, (*API).status},
	{"GET", "/health", access.ReadOnly, (*API).health},
	{"GET", "/problems", access.ReadOnly, (*API).problems},
	{"GET", "/destinations", access.ReadOnly, (*API).destinations},
	{"GET", "/watches", access.ReadOnly, (*API).watches},
	{"GET", "/config", access.ReadOnly, (*API).config},
	{"GET", "/figures", access.ReadOnly, (*API).figures},
	{"GET", "/live", access.ReadOnly, (*API).live},
	{"GET", "/mails", access.ReadOnly, (*API).mails},
	{"GET", "/mails/{id}", access.ReadOnly, (*API).mail},
	{"GET", "/mails/{id}/content", access.Operator, (*API).content},
	{"POST", "/mails/{id}/{action}", access.Operator, (*API).act},
	{"GET", "/trace", access.ReadOnly, (*API).trace},
	{"POST", "/actions", access.Operator, (*API).actAll},
	{"POST", "/flush", access.Operator, (*API).flush},
	{"POST", "/reload", access.Operator, (*API).reload},
	{"GET", "/archive", access.Operator, (*API).export},
	{"POST", "/archive", access.Operator, (*API).restore},
}

// ServeHTTP implements http.Handler. The guard stands in front.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.mux.ServeHTTP(w, r) }

// Close ends the answers that would never end by themselves.
func (a *API) Close() { a.closed.Do(func() { close(a.closing) }) }

// Endless tells whether an answer may take as long as it likes.
func Endless(r *http.Request) bool {
	return slices.Contains([]string{Prefix + "/live", Prefix + "/actions", Prefix + "/archive", Prefix + "/reload"}, r.URL.Path) || strings.HasSuffix(r.URL.Path, "/content")
}

// allow lets those pass whose role is enough.
func (a *API) allow(role access.Role, handle func(*API, http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := access.From(r.Context())
		switch {
		case p.Role < role && p.How == "":
			w.Header().Set("WWW-Authenticate", `Bearer realm="mapigate"`)
			Fail(w, r, http.StatusUnauthorized, fmt.Errorf("sign in as %s", role))
		case p.Role < role:
			Fail(w, r, http.StatusForbidden, fmt.Errorf("%s is %s here, and this needs %s", p.Name, p.Role, role))
		default:
			if err := handle(a, w, r); err != nil {
				a.failed(w, r, err)
			}
		}
	})
}

// A requestError is the asker's fault.
type requestError struct {
	code int
	text string
}

// Error implements error.
func (e *requestError) Error() string { return e.text }

func badRequest(format string, args ...any) error {
	return &requestError{http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

// failed answers with an error of a handler.
func (a *API) failed(w http.ResponseWriter, r *http.Request, err error) {
	var asked *requestError
	switch {
	case errors.As(err, &asked):
		Fail(w, r, asked.code, err)
	case errors.Is(err, queue.ErrNotFound):
		Fail(w, r, http.StatusNotFound, errGone)
	case errors.Is(err, queue.ErrState):
		Fail(w, r, http.StatusConflict, err)
	case r.Context().Err() != nil && !errors.Is(r.Context().Err(), context.DeadlineExceeded):
		// nobody listens any more
	default:
		a.opts.Log.Error("the operator's API failed", "path", r.URL.Path, "error", err)
		Fail(w, r, http.StatusServiceUnavailable, fmt.Errorf("the queue does not answer: %w", err))
	}
}

var errGone = errors.New("this mail has gone: it was delivered or dropped, and its time of keeping is over, or it never was here")

// Fail answers with an error as JSON.
func Fail(w http.ResponseWriter, _ *http.Request, code int, err error) {
	write(w, code, map[string]string{"error": err.Error()})
}

// write answers with JSON.
func write(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.Encode(v) // an error means that the client has gone
}

// mostBody bounds what a request may say.
const mostBody = 1 << 20

// read decodes the body of a request; none is as good as {}.
func read(r *http.Request, v any) error {
	d := json.NewDecoder(io.LimitReader(r.Body, mostBody))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil && !errors.Is(err, io.EOF) {
		return badRequest("the body is not as the document says: %v", err)
	}
	return nil
}

func (a *API) document(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "application/yaml")
	_, err := w.Write(Document)
	return err
}

func (a *API) session(w http.ResponseWriter, r *http.Request) error {
	write(w, http.StatusOK, a.opts.Guard.Tell(w, r))
	return nil
}

func (a *API) signIn(w http.ResponseWriter, r *http.Request) error {
	var asked struct {
		Token string `json:"token"`
	}
	if err := read(r, &asked); err != nil {
		return err
	}
	s, err := a.opts.Guard.SignIn(w, r, asked.Token)
	if err != nil {
		return &requestError{http.StatusUnauthorized, err.Error()}
	}
	write(w, http.StatusOK, s)
	return nil
}

func (a *API) signOut(w http.ResponseWriter, r *http.Request) error {
	a.opts.Guard.SignOut(w, r)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

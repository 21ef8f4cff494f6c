// Package admin is the operator's view over HTTP: health, metrics, status, and a page of what is in the queue.
//
//	/healthz           the process works; restart it if not
//	/readyz            everything works; 503 with the reasons if not
//	/readyz/accept     mail can be taken in, whatever becomes of it later; for load balancers before the SMTP listeners
//	/metrics           Prometheus
//	/api/v1/status     JSON: version, checks, queue, destinations that do not answer
//	/api/v1/mails      JSON: the newest mails; ?all=1 with finished ones, ?limit=n, ?after=id
//	/api/v1/mails/ID   JSON: one mail with its events
//	/                  the same for people
//
// It only reads, and it has no login: it belongs on the loopback interface or behind something that has one.
package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/mapigate/mapigate/gateway/courier"
	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/show"
)

// A Check is one thing that works or does not.
type Check struct {
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	// Text says what is wrong, or what the state is.
	Text string `json:"text,omitempty"`
	// Accept says that without it no mail can be taken in.
	Accept bool `json:"-"`
}

// Options say what is shown. Queue is needed.
type Options struct {
	Version string
	Queue   queue.Inspector
	// Checks looks at everything but the queue.
	Checks func(ctx context.Context) []Check
	// Down gives the destinations that do not answer, by courier.
	Down    func() map[string][]courier.Down
	Metrics http.Handler
	Clock   func() time.Time
	Logger  *slog.Logger // default: discard
}

// A Server is the HTTP server.
type Server struct {
	opts    Options
	started time.Time
	mux     *http.ServeMux
	pages   *template.Template
}

// New checks the options.
func New(opts Options) (*Server, error) {
	if opts.Queue == nil {
		return nil, errors.New("admin: Queue is needed")
	}
	if opts.Clock == nil {
		opts.Clock = time.Now
	}
	if opts.Checks == nil {
		opts.Checks = func(context.Context) []Check { return nil }
	}
	if opts.Down == nil {
		opts.Down = func() map[string][]courier.Down { return nil }
	}
	if opts.Metrics == nil {
		opts.Metrics = http.NotFoundHandler()
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	pages, err := parsePages()
	if err != nil {
		return nil, fmt.Errorf("admin: %w", err)
	}
	s := &Server{opts: opts, started: opts.Clock(), mux: http.NewServeMux(), pages: pages}
	s.mux.HandleFunc("GET /healthz", s.healthz)
	s.mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) { s.readyz(w, r, false) })
	s.mux.HandleFunc("GET /readyz/accept", func(w http.ResponseWriter, r *http.Request) { s.readyz(w, r, true) })
	s.mux.Handle("GET /metrics", opts.Metrics)
	s.mux.HandleFunc("GET /api/v1/status", s.status)
	s.mux.HandleFunc("GET /api/v1/mails", s.mails)
	s.mux.HandleFunc("GET /api/v1/mails/{id}", s.mail)
	s.mux.HandleFunc("GET /{$}", s.page)
	s.mux.HandleFunc("GET /mails/{id}", s.mailPage)
	return s, nil
}

// Limits of a client that is slow or greedy.
const (
	readTimeout  = 10 * time.Second
	writeTimeout = 30 * time.Second
	askTimeout   = 5 * time.Second
)

// Serve serves until ctx ends.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{
		Handler: s, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(s.opts.Logger.Handler(), slog.LevelDebug),
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), askTimeout)
		defer cancel()
		err := server.Shutdown(end)
		<-done
		if err != nil {
			return server.Close()
		}
		return nil
	}
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	ctx, cancel := context.WithTimeout(r.Context(), askTimeout)
	defer cancel()
	s.mux.ServeHTTP(w, r.WithContext(ctx))
}

func (s *Server) healthz(w http.ResponseWriter, r *http.Request) {
	if _, err := s.opts.Queue.Stats(r.Context()); err != nil {
		http.Error(w, fmt.Sprintf("the queue does not answer: %v", err), http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ok")
}

// checks looks at everything.
func (s *Server) checks(ctx context.Context) (all []Check, stats queue.Stats) {
	stats, err := s.opts.Queue.Stats(ctx)
	q := Check{Name: "queue", OK: err == nil, Accept: true}
	if err != nil {
		q.Text = err.Error()
	}
	return append([]Check{q}, s.opts.Checks(ctx)...), stats
}

func (s *Server) readyz(w http.ResponseWriter, r *http.Request, acceptOnly bool) {
	all, _ := s.checks(r.Context())
	shown, ready := []Check{}, true
	for _, c := range all {
		if acceptOnly && !c.Accept {
			continue
		}
		shown = append(shown, c)
		ready = ready && c.OK
	}
	code := http.StatusOK
	if !ready {
		code = http.StatusServiceUnavailable
	}
	if strings.Contains(r.Header.Get("Accept"), "application/json") || r.FormValue("format") == "json" {
		writeJSON(w, code, map[string]any{"ready": ready, "checks": shown})
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(code)
	for _, c := range shown {
		word := "ok  "
		if !c.OK {
			word = "FAIL"
		}
		fmt.Fprintln(w, strings.TrimRight(fmt.Sprintf("%s %s: %s", word, c.Name, c.Text), ": "))
	}
}

func writeJSON(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.Encode(v) // an error means that the client has gone
}

// A downView is a destination that does not answer.
type downView struct {
	Courier     string    `json:"courier"`
	Destination string    `json:"destination"`
	Since       time.Time `json:"since"`
	Until       time.Time `json:"tried_again_at"`
	Text        string    `json:"text"`
}

func (s *Server) down() []downView {
	all := []downView{}
	for name, list := range s.opts.Down() {
		for _, d := range list {
			all = append(all, downView{name, d.Destination, d.Since, d.Until, d.Last.Text})
		}
	}
	return all
}

func (s *Server) status(w http.ResponseWriter, r *http.Request) {
	checks, stats := s.checks(r.Context())
	writeJSON(w, http.StatusOK, map[string]any{
		"version": s.opts.Version, "started": s.started, "checks": checks, "queue": show.Depths(stats), "oldest": stats.Oldest,
		"disk_free_bytes": stats.Free, "down": s.down(),
	})
}

// fail answers with an error.
func (s *Server) fail(w http.ResponseWriter, err error) {
	if errors.Is(err, queue.ErrNotFound) {
		http.Error(w, "there is no such mail", http.StatusNotFound)
		return
	}
	s.opts.Logger.Error("the operator's view failed", "error", err)
	http.Error(w, "the queue does not answer", http.StatusServiceUnavailable)
}

// filter reads what part of the queue is wanted.
func filter(r *http.Request) (queue.Filter, error) {
	f := queue.Filter{All: r.FormValue("all") != "", After: mail.ID(r.FormValue("after")), Sender: r.FormValue("sender"), Recipient: r.FormValue("recipient")}
	if text := r.FormValue("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return f, fmt.Errorf("limit %q is no number", text)
		}
		f.Limit = n
	}
	if name := r.FormValue("state"); name != "" {
		state, err := queue.ParseState(name)
		if err != nil {
			return f, err
		}
		f.States = []queue.State{state}
	}
	return f, nil
}

func (s *Server) mails(w http.ResponseWriter, r *http.Request) {
	f, err := filter(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	page, err := s.opts.Queue.List(r.Context(), f)
	if err != nil {
		s.fail(w, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"mails": show.Page(page), "next": page.Next})
}

func (s *Server) mail(w http.ResponseWriter, r *http.Request) {
	m, err := s.story(r.Context(), mail.ID(r.PathValue("id")))
	if err != nil {
		s.fail(w, err)
		return
	}
	writeJSON(w, http.StatusOK, m)
}

func (s *Server) story(ctx context.Context, id mail.ID) (show.Mail, error) {
	record, err := s.opts.Queue.Show(ctx, id)
	if err != nil {
		return show.Mail{}, err
	}
	events, err := s.opts.Queue.Events(ctx, id)
	if err != nil {
		return show.Mail{}, err
	}
	return show.Of(record, events), nil
}

// Package admin is what the operator touches over HTTP.
//
//	/healthz           the process works; restart it if not
//	/readyz            everything works; 503 with the reasons if not
//	/readyz/accept     mail can be taken in, whatever becomes of it later; for load balancers before the SMTP listeners
//	/metrics           Prometheus
//	/api/v1/           the API, see package api
//	/                  the page, see package web
//
// The same is served on a Unix socket for the command line; who may open that is an operator. On addresses package access
// says who may do what.
package admin

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/mapigate/mapigate/gateway/admin/access"
	"github.com/mapigate/mapigate/gateway/admin/api"
	"github.com/mapigate/mapigate/gateway/admin/web"
)

// Options say what is shown, and to whom. API.Queue is needed.
type Options struct {
	API     api.Options
	Access  access.Options
	Metrics http.Handler
	// OpenMetrics serves metrics and health without login; the reasons of /readyz are left out then.
	OpenMetrics bool
	Log         *slog.Logger // default: discard
}

// A Server answers requests.
type Server struct {
	log *slog.Logger
	now atomic.Pointer[view]
}

// New checks the options.
func New(opts Options) (*Server, error) {
	s := &Server{log: opts.Log}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	return s, s.Change(opts)
}

// Change puts other options in force; when they are wrong, those before stay. Who has signed in must do it again, since the rights may
// have changed, and who follows the live figures must ask again.
func (s *Server) Change(opts Options) error {
	v, err := newView(opts)
	if err != nil {
		return err
	}
	if before := s.now.Swap(v); before != nil {
		before.api.Close()
	}
	return nil
}

// A view is what the server shows while the same options are in force.
type view struct {
	opts    Options
	guard   *access.Guard
	api     *api.API
	handler http.Handler
}

func newView(opts Options) (*view, error) {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.Metrics == nil {
		opts.Metrics = http.NotFoundHandler()
	}
	opts.Access.Log, opts.API.Log = opts.Log, opts.Log
	guard, err := access.New(opts.Access)
	if err != nil {
		return nil, fmt.Errorf("admin: %w", err)
	}
	opts.API.Guard = guard
	v := &view{opts: opts, guard: guard}
	if v.api, err = api.New(opts.API); err != nil {
		return nil, fmt.Errorf("admin: %w", err)
	}
	v.handler = v.routes()
	return v, nil
}

// routes puts the guard in front of everything but the page itself, which holds no secrets and must show the login.
func (v *view) routes() http.Handler {
	open := http.NewServeMux()
	guarded := func(h http.Handler) http.Handler { return v.guard.Protect(h, api.Fail) }
	open.Handle(api.Prefix+"/", guarded(v.api))
	open.Handle("GET /healthz", http.HandlerFunc(v.healthz))
	open.Handle("GET /readyz", guarded(v.readyz(false)))
	open.Handle("GET /readyz/accept", guarded(v.readyz(true)))
	open.Handle("GET /metrics", v.metrics(guarded))
	open.HandleFunc("GET /login", v.guard.Login)
	open.HandleFunc("GET "+access.CallbackPath, v.guard.Callback)
	open.Handle("/", web.Handler())
	return open
}

func (v *view) metrics(guarded func(http.Handler) http.Handler) http.Handler {
	if v.opts.OpenMetrics {
		return v.opts.Metrics
	}
	return guarded(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if access.From(r.Context()).Role < access.ReadOnly {
			api.Fail(w, r, http.StatusUnauthorized, errors.New("sign in: metrics are not open here"))
			return
		}
		v.opts.Metrics.ServeHTTP(w, r)
	}))
}

// Limits of a client that is slow or greedy.
const (
	readTimeout  = 10 * time.Second
	writeTimeout = 30 * time.Second
	idleTimeout  = 2 * time.Minute
	askTimeout   = 5 * time.Second
)

// Serve serves on an address until ctx ends. config, when set, is for HTTPS.
func (s *Server) Serve(ctx context.Context, l net.Listener, config *tls.Config) error {
	server := &http.Server{TLSConfig: config}
	if config == nil {
		return s.serve(ctx, server, func() error { return server.Serve(l) })
	}
	return s.serve(ctx, server, func() error { return server.ServeTLS(l, "", "") })
}

// ServeSocket serves on a Unix socket until ctx ends: who can open it is an operator.
func (s *Server) ServeSocket(ctx context.Context, l net.Listener) error {
	server := &http.Server{ConnContext: access.Socket}
	return s.serve(ctx, server, func() error { return server.Serve(l) })
}

func (s *Server) serve(ctx context.Context, server *http.Server, serve func() error) error {
	server.Handler, server.MaxHeaderBytes = s, 64<<10
	server.ReadTimeout, server.WriteTimeout, server.IdleTimeout = readTimeout, writeTimeout, idleTimeout
	server.ErrorLog = slog.NewLogLogger(s.log.Handler(), slog.LevelDebug)
	server.RegisterOnShutdown(func() { s.now.Load().api.Close() })
	done := make(chan error, 1)
	go func() { done <- serve() }()
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

// policy lets the page load what this server has, and nothing else; no inline script, no inline style, no frame around it.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
	"frame-ancestors 'none'; base-uri 'none'; form-action 'self'"

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", policy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cache-Control", "no-store")
	if !api.Endless(r) {
		ctx, cancel := context.WithTimeout(r.Context(), askTimeout)
		defer cancel()
		r = r.WithContext(ctx)
	}
	s.now.Load().handler.ServeHTTP(w, r)
}

// healthz says nothing about the queue: a database that is away comes back sooner without restarts.
func (v *view) healthz(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") }

// readyz tells what works. Who has no right to see more than that hears no reasons.
func (v *view) readyz(acceptOnly bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		known := access.From(r.Context()).Role >= access.ReadOnly
		if !known && !v.opts.OpenMetrics {
			api.Fail(w, r, http.StatusUnauthorized, errors.New("sign in: health is not open here"))
			return
		}
		l := v.api.Look(r.Context())
		code := http.StatusOK
		if !l.Ready(acceptOnly) {
			code = http.StatusServiceUnavailable
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(code)
		for _, c := range l.Checks {
			if acceptOnly && !c.Accept {
				continue
			}
			word := "ok  "
			if !c.OK {
				word = "FAIL"
			}
			if !known {
				c.Text = ""
			}
			fmt.Fprintln(w, strings.TrimRight(fmt.Sprintf("%s %s: %s", word, c.Name, c.Text), ": "))
		}
	})
}

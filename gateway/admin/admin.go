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
	opts    Options
	guard   *access.Guard
	api     *api.API
	handler http.Handler
}

// New checks the options.
func New(opts Options) (*Server, error) {
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
	s := &Server{opts: opts, guard: guard}
	if s.api, err = api.New(opts.API); err != nil {
		return nil, fmt.Errorf("admin: %w", err)
	}
	s.handler = s.routes()
	return s, nil
}

// routes puts the guard in front of everything but the page itself, which holds no secrets and must show the login.
func (s *Server) routes() http.Handler {
	open := http.NewServeMux()
	guarded := func(h http.Handler) http.Handler { return s.guard.Protect(h, api.Fail) }
	open.Handle(api.Prefix+"/", guarded(s.api))
	open.Handle("GET /healthz", http.HandlerFunc(s.healthz))
	open.Handle("GET /readyz", guarded(s.readyz(false)))
	open.Handle("GET /readyz/accept", guarded(s.readyz(true)))
	open.Handle("GET /metrics", s.metrics(guarded))
	open.HandleFunc("GET /login", s.guard.Login)
	open.HandleFunc("GET "+access.CallbackPath, s.guard.Callback)
	open.Handle("/", web.Handler())
	return open
}

func (s *Server) metrics(guarded func(http.Handler) http.Handler) http.Handler {
	if s.opts.OpenMetrics {
		return s.opts.Metrics
	}
	return guarded(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if access.From(r.Context()).Role < access.ReadOnly {
			api.Fail(w, r, http.StatusUnauthorized, errors.New("sign in: metrics are not open here"))
			return
		}
		s.opts.Metrics.ServeHTTP(w, r)
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
	server.ErrorLog = slog.NewLogLogger(s.opts.Log.Handler(), slog.LevelDebug)
	server.RegisterOnShutdown(s.api.Close)
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
	s.handler.ServeHTTP(w, r)
}

func (s *Server) healthz(w http.ResponseWriter, r *http.Request) {
	if _, err := s.opts.API.Queue.Stats(r.Context()); err != nil {
		s.opts.Log.Error("the queue does not answer", "error", err)
		http.Error(w, "the queue does not answer", http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ok")
}

// readyz tells what works. Who has no right to see more than that hears no reasons.
func (s *Server) readyz(acceptOnly bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		known := access.From(r.Context()).Role >= access.ReadOnly
		if !known && !s.opts.OpenMetrics {
			api.Fail(w, r, http.StatusUnauthorized, errors.New("sign in: health is not open here"))
			return
		}
		l := s.api.Look(r.Context())
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

package mapitest

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// A Server is an Exchange server in the process. It is safe for concurrent use.
type Server struct {
	opts      Options
	authority *authority
	listener  net.Listener
	http      *http.Server
	faults    Faults
	counters  counters
	serving   sync.WaitGroup
}

// New starts a server; Close stops it.
func New(opts Options) (*Server, error) {
	opts = opts.withDefaults()
	l, err := net.Listen("tcp", opts.Addr)
	if err != nil {
		return nil, fmt.Errorf("test Exchange: %w", err)
	}
	host, _, _ := net.SplitHostPort(opts.Addr)
	ca, err := newAuthority(append([]string{host, "localhost", "127.0.0.1"}, opts.Hosts...), time.Now())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("test Exchange: %w", err), l.Close())
	}
	s := &Server{opts: opts, authority: ca, listener: l}
	s.http = &http.Server{
		Handler:  http.NotFoundHandler(),
		ErrorLog: log.New(io.Discard, "", 0),
	}
	// NTLM authenticates connections, which HTTP/2 shares: the real server resets it.
	config := &tls.Config{Certificates: []tls.Certificate{ca.chain}, NextProtos: []string{"http/1.1"}}
	s.serving.Go(func() { _ = s.http.Serve(tls.NewListener(l, config)) })
	return s, nil
}

func (o Options) withDefaults() Options {
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	if o.Organization == "" {
		o.Organization = "Mapigate"
	}
	if o.Auth == nil {
		o.Auth = []AuthScheme{AuthNTLM, AuthNegotiate, AuthBasic}
	}
	if o.Profile == nil {
		o.Profile = ExchangeSE()
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Close cuts all connections and stops the server.
func (s *Server) Close() error {
	err := s.http.Close()
	s.serving.Wait()
	return err
}

// Addr is the host and port the server listens on.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// URL is the root of the server's addresses, https://host:port.
func (s *Server) URL() string { return "https://" + s.Addr() }

// AutodiscoverURL is where Autodiscover answers.
func (s *Server) AutodiscoverURL() string { return s.URL() + "/autodiscover/autodiscover.xml" }

// CertificatePEM is the certificate of the authority behind the server.
func (s *Server) CertificatePEM() []byte { return s.authority.pem() }

// CertPool trusts the server and nobody else.
func (s *Server) CertPool() *x509.CertPool { return s.authority.pool() }

// Faults is where tests make things go wrong.
func (s *Server) Faults() *Faults { return &s.faults }

package mapitest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapitest/internal/kerberos"
	"github.com/mapigate/mapigate/mapiclient/mapitest/internal/ntlm"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// A Server is an Exchange server in the process. It is safe for concurrent use.
type Server struct {
	opts      Options
	authority *authority
	listener  net.Listener
	http      *http.Server
	serving   sync.WaitGroup

	operations [256]operation
	onFolder   map[rop.ID]FolderRights
	forOwner   map[rop.ID]bool
	bindings   []byte             // hash of the channel bindings of the server's certificate
	kerberos   *kerberos.Acceptor // nil where there is no keytab
	dir        string             // where large values are spilled
	state      *state             // what is kept on the disk; nil keeps nothing

	directory      directory
	emsmdbSessions sessions
	nspiSessions   sessions
	faults         Faults
	counters       counters
	budgets        budgets

	// Messages on their way out live as long as ctx.
	ctx     context.Context
	stop    context.CancelFunc
	sending sync.WaitGroup
	slots   chan struct{}
}

// New starts a server; Close stops it.
func New(opts Options) (*Server, error) {
	opts = opts.withDefaults()
	l, err := net.Listen("tcp", opts.Addr)
	if err != nil {
		return nil, fmt.Errorf("test Exchange: %w", err)
	}
	s := &Server{opts: opts, listener: l, operations: operations(), onFolder: onFolder(), forOwner: forOwner(), slots: make(chan struct{}, maxSending)}
	s.ctx, s.stop = context.WithCancel(context.Background())
	if err := s.prepare(); err != nil {
		return nil, errors.Join(fmt.Errorf("test Exchange: %w", err), s.Close())
	}
	s.serve()
	s.resume()
	return s, nil
}

// prepare finds the server's files: those of an earlier one, or new ones.
func (s *Server) prepare() (err error) {
	if s.dir, err = os.MkdirTemp(s.opts.TempDir, "mapitest-"); err != nil {
		return err
	}
	if s.state, err = openState(s.opts.StateDir); err != nil {
		return err
	}
	host, _, _ := net.SplitHostPort(s.opts.Addr)
	s.authority, err = s.state.certificates(append([]string{host, "localhost", "127.0.0.1"}, s.opts.Hosts...), time.Now())
	if err != nil {
		return err
	}
	s.bindings = ntlm.Bindings(s.authority.server)
	if s.opts.Keytab != "" {
		if s.kerberos, err = kerberos.NewAcceptor(s.opts.Keytab); err != nil {
			return err
		}
	}
	if err := s.restore(); err != nil {
		return err
	}
	for _, u := range s.opts.Users {
		if _, err := s.addUser(u, true); err != nil {
			return err
		}
	}
	return nil
}

// serve begins to answer.
func (s *Server) serve() {
	s.http = &http.Server{
		Handler:           s.handler(),
		ConnContext:       withConnection,
		ReadHeaderTimeout: headerTimeout,
		ErrorLog:          slog.NewLogLogger(s.opts.Logger.Handler(), slog.LevelDebug),
	}
	// NTLM authenticates connections, which HTTP/2 shares: the real server resets it.
	config := &tls.Config{Certificates: []tls.Certificate{s.authority.chain}, NextProtos: []string{"http/1.1"}}
	s.serving.Go(func() { _ = s.http.Serve(tls.NewListener(s.listener, config)) })
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
	if o.Limits.Pending == 0 && o.Profile.Has(QuirkSlowPending) {
		o.Limits.Pending = 30 * time.Second
	}
	o.Limits = o.Limits.withDefaults()
	return o
}

func (l Limits) withDefaults() Limits {
	l.MessageBytes = or(l.MessageBytes, 35<<20)
	l.Budget.Per = or(l.Budget.Per, time.Minute)
	l.Budget.Answer = or(l.Budget.Answer, ThrottleBackoff)
	l.Recipients = or(l.Recipients, 500)
	l.NamedProps = or(l.NamedProps, 16384)
	l.Sessions = or(l.Sessions, 32)
	l.Objects = or(l.Objects, 500)
	l.Streams = or(l.Streams, 250)
	l.SessionIdle = or(l.SessionIdle, 15*time.Minute)
	l.Pending = or(l.Pending, 15*time.Second)
	l.Wait = or(l.Wait, 5*time.Minute)
	return l
}

// or gives v unless it is zero.
func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// headerTimeout is how long a connection may take to send its headers.
const headerTimeout = 30 * time.Second

func (s *Server) handler() http.Handler {
	// Exchange's paths know no case.
	paths := map[string]http.HandlerFunc{
		autodiscoverPath: s.autodiscover,
		emsmdbPath:       s.endpoint(s.emsmdbTypes()),
		nspiPath:         s.endpoint(s.nspiTypes()),
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := strings.ToLower(r.URL.Path)
		if h := paths[path]; h != nil {
			h(w, r)
		} else if h := paths[path+"/"]; h != nil {
			h(w, r)
		} else {
			http.NotFound(w, r)
		}
	})
}

// Close cuts all connections and stops the server.
func (s *Server) Close() error {
	s.stop()
	err := s.listener.Close()
	if s.http != nil {
		err = s.http.Close() // which closes the listener again, unless it has noticed
	}
	if errors.Is(err, net.ErrClosed) {
		err = nil
	}
	s.serving.Wait()
	s.sending.Wait()
	if s.dir != "" {
		err = errors.Join(err, os.RemoveAll(s.dir))
	}
	return errors.Join(err, s.state.close())
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

package recording

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"math/big"
	"net"
	"sync"
	"time"
)

// A stage is a TLS server by the name of Host that answers one message after
// another on each connection.
type stage struct {
	listener net.Listener
	config   *tls.Config
	pool     *x509.CertPool
	begin    func() actor

	mu    sync.Mutex
	conns map[net.Conn]bool
	over  bool
	all   sync.WaitGroup
}

// An actor plays the server on one connection. An error ends the connection.
type actor interface {
	answer(request Message) (Message, error)
	close()
}

func openStage(begin func() actor) (*stage, error) {
	cert, pool, err := selfSigned()
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &stage{listener: l, pool: pool, begin: begin, conns: make(map[net.Conn]bool),
		config: &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}}
	s.all.Go(s.accept)
	return s, nil
}

// selfSigned makes a certificate for Host.
func selfSigned() (tls.Certificate, *x509.CertPool, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	now := time.Now()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{Host}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool, nil
}

// TLS is the configuration of a client that trusts the stage.
func (s *stage) TLS() *tls.Config {
	return &tls.Config{RootCAs: s.pool, MinVersion: tls.VersionTLS12}
}

// Dial leads to the stage, whatever address is asked for, as long as it is Host's.
func (s *stage) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if host, _, err := net.SplitHostPort(addr); err != nil || host != Host {
		return nil, fmt.Errorf("%s is not part of this conversation", addr)
	}
	return (&net.Dialer{}).DialContext(ctx, network, s.listener.Addr().String())
}

func (s *stage) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		if !s.enter(conn) {
			return
		}
		s.all.Go(func() {
			defer s.leave(conn)
			s.serve(tls.Server(conn, s.config))
		})
	}
}

func (s *stage) enter(conn net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		_ = conn.Close()
		return false
	}
	s.conns[conn] = true
	return true
}

func (s *stage) leave(conn net.Conn) {
	_ = conn.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, conn)
}

func (s *stage) serve(conn net.Conn) {
	a := s.begin()
	defer a.close()
	r := bufio.NewReader(conn)
	for {
		request, err := readMessage(r)
		if err != nil {
			return // the client is done
		}
		answer, err := a.answer(request)
		if err != nil {
			return
		}
		if _, err := conn.Write(answer.encode()); err != nil {
			return
		}
	}
}

// Close cuts all connections and waits for their ends.
func (s *stage) Close() {
	s.mu.Lock()
	s.over = true
	_ = s.listener.Close()
	for conn := range s.conns {
		_ = conn.Close()
	}
	s.mu.Unlock()
	s.all.Wait()
}

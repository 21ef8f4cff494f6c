package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/mapigate/mapigate/gateway"
	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/smtpside/smtptest"
)

// A world is a gateway with the peers' addresses in its routes, and the sink where all mail ends.
type world struct {
	dir  string
	ca   *smtptest.CA
	cert string // files of the one certificate that all servers here have, for localhost
	key  string
	root string
	sink *smtptest.Sink

	open, login, implicit string // listeners: for the network, for those who sign in, with TLS from the start
	stop                  func() error
}

// The account that clients sign in with.
const user, password = "robot", "secret, more or less"

// patience is how long a mail may take.
const patience = 15 * time.Second

const worldConfig = `hostname: gateway.test
data: %[1]s/data
admin: {address: ""}
listeners:
  - {name: open, address: "%[2]s", mode: starttls, cert: %[5]s, key: %[6]s, networks: [127.0.0.0/8], limits: {message_size: 64MiB}}
  - {name: login, address: "%[3]s", mode: starttls, cert: %[5]s, key: %[6]s, require_tls: true, users: %[1]s/users}
  - {name: implicit, address: "%[4]s", mode: tls, cert: %[5]s, key: %[6]s, users: %[1]s/users}
routes:
%[7]s  - {via: smarthost/sink}
internet:
  smarthosts:
%[8]s    - {name: sink, hosts: ["%[9]s"], tls: required, ca_file: %[10]s}
`

// newWorld starts the sink, and prepares certificates.
func newWorld(dir string) (w *world, err error) {
	w = &world{dir: dir, cert: filepath.Join(dir, "cert.pem"), key: filepath.Join(dir, "key.pem"), root: filepath.Join(dir, "ca.pem")}
	if w.ca, err = smtptest.NewCA(); err != nil {
		return nil, err
	}
	if err := w.writeCertificate(); err != nil {
		return nil, err
	}
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "users"), fmt.Appendf(nil, "%s:%s\n", user, hash), 0o600); err != nil {
		return nil, err
	}
	server, err := w.ca.Server("localhost", "127.0.0.1")
	if err != nil {
		return nil, err
	}
	w.sink, err = smtptest.NewSink(smtptest.Options{TLS: server})
	return w, err
}

// writeCertificate makes the certificate of all servers but the sink: one that signs itself.
func (w *world) writeCertificate() error {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	for file, text := range map[string][]byte{
		w.cert: cert, w.root: append(w.ca.PEM(), cert...), w.key: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}),
	} {
		if err := os.WriteFile(file, text, 0o644); err != nil { // for this run only; the peers' users read it as well
			return err
		}
	}
	return nil
}

// start runs the gateway. Mail for NAME.test goes to the peer of that name.
func (w *world) start(ctx context.Context, peers map[string]string) error {
	var routes, hosts strings.Builder
	for _, s := range servers {
		name, addr := s.name, peers[s.name]
		if addr == "" {
			continue
		}
		fmt.Fprintf(&routes, "  - {to: [%s.test], via: smarthost/%[1]s}\n", name)
		fmt.Fprintf(&hosts, "    - {name: %s, hosts: [\"localhost:%s\"], tls: %s, ca_file: %s}\n", name, portOf(addr), s.tls, w.root)
	}
	_, port, err := net.SplitHostPort(w.sink.Addr)
	if err != nil {
		return err
	}
	file := filepath.Join(w.dir, "mapigate.yaml")
	text := fmt.Sprintf(worldConfig, w.dir, w.open, w.login, w.implicit, w.cert, w.key, routes.String(), hosts.String(), "localhost:"+port, w.root)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return err
	}
	c, err := config.Load(file)
	if err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(w.dir, "gateway.log"))
	if err != nil {
		return err
	}
	g, err := gateway.New(c, gateway.Options{Log: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- g.Run(ctx) }()
	w.stop = func() error { cancel(); return <-done }
	return nil
}

// arrived waits for the mail with a token in its subject.
func (w *world) arrived(ctx context.Context, token string) (smtptest.Mail, error) {
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		for _, m := range w.sink.Mails() {
			if strings.Contains(string(m.Raw[:min(len(m.Raw), 8<<10)]), token) {
				return m, nil
			}
		}
		if ctx.Err() != nil || time.Now().After(deadline) {
			return smtptest.Mail{}, fmt.Errorf("not arrived after %v", patience)
		}
	}
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

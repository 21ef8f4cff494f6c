package mapihttp_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/autodiscover"
	"github.com/mapigate/mapigate/mapiclient/frame"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/nspi"
)

const testPassword = "p@ss:wörd €"

// TestSchemes signs in to the test Exchange in every way it offers, with and
// without Extended Protection, on all three endpoints.
func TestSchemes(t *testing.T) {
	c := auth.Credentials{User: "ann@example.test", Password: auth.NewSecret(testPassword)}
	named := auth.Credentials{User: `EXAMPLE\ann`, Password: c.Password}
	for name, x := range map[string]struct {
		auth    auth.Authenticator
		offered []mapitest.AuthScheme
	}{
		"NTLM":           {auth.NewNTLM(c), []mapitest.AuthScheme{mapitest.AuthNTLM}},
		"NTLM by domain": {auth.NewNTLM(named), []mapitest.AuthScheme{mapitest.AuthNTLM, mapitest.AuthNegotiate}},
		"Negotiate":      {auth.NewNTLM(c), []mapitest.AuthScheme{mapitest.AuthNegotiate}},
		"Basic":          {auth.NewBasic(c), []mapitest.AuthScheme{mapitest.AuthBasic}},
		"first offered":  {auth.FirstOffered(auth.NewNTLM(c), auth.NewBasic(c)), []mapitest.AuthScheme{mapitest.AuthBasic, mapitest.AuthNegotiate}},
	} {
		for protection, mode := range map[string]mapitest.ExtendedProtection{
			"off": mapitest.ProtectionOff, "allow": mapitest.ProtectionAllow, "require": mapitest.ProtectionRequire,
		} {
			t.Run(name+", protection "+protection, func(t *testing.T) {
				s := mapitest.NewServer(t, mapitest.Options{Auth: x.offered, ExtendedProtection: mode})
				box := addAnn(t, s)
				useAll(t, s, box, x.auth)
			})
		}
	}
}

// An access token that the server takes no longer is renewed in the middle of a
// session, and the request that it was refused for is executed once.
func TestBearer(t *testing.T) {
	var issued atomic.Int64
	current := func() string { return fmt.Sprint("token ", issued.Load()) }
	s := mapitest.NewServer(t, mapitest.Options{Auth: []mapitest.AuthScheme{mapitest.AuthBearer},
		Token: func(_ context.Context, token string) (string, error) {
			if token != current() {
				return "", errors.New("it has expired")
			}
			return "ann@example.test", nil
		}})
	box := addAnn(t, s)
	var mu sync.Mutex
	mine := ""
	a := auth.NewBearer("ann", func(_ context.Context, fresh bool) (auth.Secret, error) {
		mu.Lock()
		defer mu.Unlock()
		if mine == "" || fresh {
			mine = current()
		}
		return auth.NewSecret(mine), nil
	})
	useAll(t, s, box, a)
	client := newClient(t, mapihttp.Config{URL: box.URL(), Auth: a, LaneConfig: mapihttp.LaneConfig{TLS: &tls.Config{RootCAs: s.CertPool()}}})
	x, err := client.Connect(t.Context(), box.LegacyDN(), mapihttp.ConnectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	issued.Add(1)
	if _, err := x.Execute(t.Context(), logonPayload(box.LegacyDN()), mapihttp.ExecuteOptions{}); err != nil || x.Lost() != nil {
		t.Errorf("%v, lost %v, after the token was renewed", err, x.Lost())
	}
	if err := x.Disconnect(t.Context()); err != nil {
		t.Error(err)
	}
	wrong := auth.NewBearer("ann", func(context.Context, bool) (auth.Secret, error) { return auth.NewSecret("another"), nil })
	client = newClient(t, mapihttp.Config{URL: box.URL(), Auth: wrong, LaneConfig: mapihttp.LaneConfig{TLS: &tls.Config{RootCAs: s.CertPool()}}})
	var status *mapihttp.HTTPError
	if _, err := client.Connect(t.Context(), box.LegacyDN(), mapihttp.ConnectOptions{}); !errors.As(err, &status) || status.Status != 401 || strings.Contains(err.Error(), "another") {
		t.Errorf("%v, want HTTP 401", err)
	}
}

func addAnn(t *testing.T, s *mapitest.Server) *mapitest.Mailbox {
	t.Helper()
	box, err := s.AddUser(mapitest.User{Name: "ann", Address: "ann@example.test", Password: testPassword})
	if err != nil {
		t.Fatal(err)
	}
	return box
}

// useAll finds the endpoints and sends something to each.
func useAll(t *testing.T, s *mapitest.Server, box *mapitest.Mailbox, a auth.Authenticator) {
	t.Helper()
	lanes := mapihttp.LaneConfig{TLS: &tls.Config{RootCAs: s.CertPool()}}
	f := autodiscover.NewFinder(autodiscover.Config{URL: s.AutodiscoverURL(), Auth: a,
		Connect: func(u *url.URL, a auth.Authenticator) autodiscover.Carrier { return mapihttp.NewLanes(u, a, lanes) }})
	found, err := f.Find(t.Context(), box.Address())
	if err != nil {
		t.Fatal(err)
	}
	if found.LegacyDN != box.LegacyDN() || found.MailStore.URLs()[0] != box.URL() || found.AddressBook.URLs()[0] != box.AddressBookURL() {
		t.Errorf("found %+v", found)
	}
	client := newClient(t, mapihttp.Config{URL: box.URL(), Auth: a, LaneConfig: lanes})
	x, err := client.Connect(t.Context(), found.LegacyDN, mapihttp.ConnectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if out, err := x.Execute(t.Context(), logonPayload(found.LegacyDN), mapihttp.ExecuteOptions{}); err != nil || len(out) != 1 {
		t.Fatalf("%x, %v", out, err)
	}
	if err := errors.Join(x.Ping(t.Context()), x.Disconnect(t.Context())); err != nil {
		t.Error(err)
	}
	if n := client.Lanes().Opened(); n != 1 {
		t.Errorf("%d connections, want 1", n)
	}
	book := newClient(t, mapihttp.Config{URL: box.AddressBookURL(), Auth: a, LaneConfig: lanes}).Open()
	var bound nspi.BindResponse
	if err := book.Call(t.Context(), frame.Bind, &nspi.BindRequest{Stat: nspi.NewStat()}, &bound); err != nil || bound.ErrorCode != 0 {
		t.Errorf("Bind: %+v, %v", bound, err)
	}
	var names nspi.ResolveNamesResponse
	err = book.Call(t.Context(), frame.ResolveNames, &nspi.ResolveNamesRequest{Stat: nspi.NewStat(), Names: []string{"=SMTP:ann@example.test"}}, &names)
	if err != nil || len(names.MIDs) != 1 || names.MIDs[0] != nspi.Resolved {
		t.Errorf("ResolveNames: %+v, %v", names, err)
	}
}

func newClient(t *testing.T, c mapihttp.Config) *mapihttp.Client {
	t.Helper()
	client, err := mapihttp.NewClient(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// TestExtendedProtection puts something that ends TLS between client and
// server: the sign-in is refused, and the error says what may be the matter.
func TestExtendedProtection(t *testing.T) {
	s := mapitest.NewServer(t, mapitest.Options{ExtendedProtection: mapitest.ProtectionRequire})
	box := addAnn(t, s)
	a := auth.NewNTLM(auth.Credentials{User: "ann", Password: auth.NewSecret(testPassword)})
	u, err := url.Parse(box.URL())
	if err != nil {
		t.Fatal(err)
	}
	addr, cert := interceptor(t, s)
	u.Host = addr
	roots := s.CertPool()
	roots.AddCert(cert)
	client := newClient(t, mapihttp.Config{URL: u.String(), Auth: a, LaneConfig: mapihttp.LaneConfig{TLS: &tls.Config{RootCAs: roots}}})
	_, err = client.Connect(t.Context(), box.LegacyDN(), mapihttp.ConnectOptions{})
	var rejected *auth.RejectedError
	if !errors.As(err, &rejected) || !strings.Contains(err.Error(), "channel binding") || !strings.Contains(err.Error(), "Extended Protection") {
		t.Errorf("%v, want an *auth.RejectedError that names the channel binding", err)
	}
}

// interceptor ends TLS with a certificate of its own and passes everything on
// over another TLS connection. It gives its address and certificate.
func interceptor(t *testing.T, s *mapitest.Server) (string, *x509.Certificate) {
	t.Helper()
	other := httptest.NewTLSServer(nil) // for its certificate
	config, cert := other.TLS.Clone(), other.Certificate()
	other.Close()
	config.NextProtos = []string{"http/1.1"}
	l, err := tls.Listen("tcp", "127.0.0.1:0", config)
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	t.Cleanup(func() {
		_ = l.Close()
		running.Wait()
	})
	running.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() { forward(in, s) })
		}
	})
	return l.Addr().String(), cert
}

func forward(in net.Conn, s *mapitest.Server) {
	defer in.Close()
	out, err := tls.Dial("tcp", s.Addr(), &tls.Config{RootCAs: s.CertPool()})
	if err != nil {
		return
	}
	var there sync.WaitGroup
	there.Go(func() {
		_, _ = io.Copy(out, in)
		_ = out.Close()
	})
	_, _ = io.Copy(in, out)
	_ = in.Close()
	there.Wait()
}

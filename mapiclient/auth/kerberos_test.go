package auth_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
)

// A realm is a real MIT KDC with a user and a web service.
type realm struct {
	dir, conf, userKeytab, serviceKeytab string
}

const kerberosRealm = "MAPIGATE.TEST"

// find gives the path of a program, also where only root usually looks.
func find(t *testing.T, names ...string) []string {
	t.Helper()
	var found []string
	for _, name := range names {
		path, err := exec.LookPath(name)
		if err != nil {
			path = filepath.Join("/usr/sbin", name)
			if _, err := os.Stat(path); err != nil {
				t.Skipf("%s is not installed (Debian: krb5-kdc, krb5-admin-server, krb5-user): no KDC to test with", name)
			}
		}
		found = append(found, path)
	}
	return found
}

// newRealm starts a KDC on a loopback port.
func newRealm(t *testing.T) *realm {
	t.Helper()
	programs := find(t, "krb5kdc", "kdb5_util", "kadmin.local")
	port := freePort(t)
	r := &realm{dir: t.TempDir()}
	in := func(name string) string { return filepath.Join(r.dir, name) }
	r.conf, r.userKeytab, r.serviceKeytab = in("krb5.conf"), in("user.keytab"), in("service.keytab")
	r.write(t, r.conf, fmt.Sprintf("[libdefaults]\n default_realm = %s\n dns_lookup_kdc = false\n dns_lookup_realm = false\n udp_preference_limit = 1\n rdns = false\n"+
		"[realms]\n %s = {\n  kdc = 127.0.0.1:%d\n }\n[domain_realm]\n localhost = %s\n", kerberosRealm, kerberosRealm, port, kerberosRealm))
	r.write(t, in("kdc.conf"), fmt.Sprintf("[kdcdefaults]\n kdc_listen = 127.0.0.1:%d\n kdc_tcp_listen = 127.0.0.1:%d\n"+
		"[realms]\n %s = {\n  database_name = %s\n  key_stash_file = %s\n  acl_file = %s\n  max_life = 1h\n }\n[logging]\n kdc = FILE:%s\n",
		port, port, kerberosRealm, in("principal"), in("stash"), in("acl"), in("kdc.log")))
	r.run(t, programs[1], "create", "-s", "-r", kerberosRealm, "-P", "master")
	for _, q := range []string{"addprinc -pw secret alice", "addprinc -pw secret bob", "addprinc -randkey HTTP/localhost",
		"ktadd -norandkey -k " + r.userKeytab + " bob", "ktadd -k " + r.serviceKeytab + " HTTP/localhost"} {
		r.run(t, programs[2], "-r", kerberosRealm, "-q", q)
	}
	kdc := exec.Command(programs[0], "-n", "-r", kerberosRealm)
	kdc.Env = r.env()
	var said bytes.Buffer
	kdc.Stdout, kdc.Stderr = &said, &said
	if err := kdc.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = kdc.Process.Kill(); _ = kdc.Wait() })
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			_ = c.Close()
			return r
		}
		if time.Now().After(deadline) {
			t.Fatalf("the KDC does not answer: %v\n%s", err, said.String())
		}
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func (r *realm) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (r *realm) env() []string {
	return append(os.Environ(), "KRB5_CONFIG="+r.conf, "KRB5_KDC_PROFILE="+filepath.Join(r.dir, "kdc.conf"), "KRB5_KTNAME="+r.serviceKeytab,
		"KRB5CCNAME="+filepath.Join(r.dir, "ccache"), "KRB5RCACHETYPE=none")
}

func (r *realm) run(t *testing.T, program string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = r.env()
	cmd.Stdin = strings.NewReader("secret\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", program, strings.Join(args, " "), err, out)
	}
}

// acceptor is MIT's own GSS-API, by way of python3-gssapi: arguments are the
// token and the channel bindings' application data in hex, "" for none.
const acceptor = `
import sys, gssapi, gssapi.raw
b = bytes.fromhex(sys.argv[2])
cb = gssapi.raw.ChannelBindings(application_data=b) if b else None
c = gssapi.SecurityContext(creds=gssapi.Credentials(usage='accept'), usage='accept', channel_bindings=cb)
c.step(bytes.fromhex(sys.argv[1]))
print(c.initiator_name if c.complete else 'incomplete')
`

// accept has MIT's library check a token; it gives the principal.
func (r *realm) accept(t *testing.T, python string, token, bindings []byte) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), python, "-c", acceptor, hex.EncodeToString(token), hex.EncodeToString(bindings))
	cmd.Env = r.env()
	out, err := cmd.CombinedOutput()
	if err != nil {
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		return "", errors.New(lines[len(lines)-1])
	}
	return strings.TrimSpace(string(out)), nil
}

// pythonWithGSSAPI finds an interpreter that has the module; the system's own
// may have it when another comes first.
func pythonWithGSSAPI(t *testing.T) string {
	t.Helper()
	for _, python := range []string{"python3", "/usr/bin/python3"} {
		if exec.CommandContext(t.Context(), python, "-c", "import gssapi").Run() == nil {
			return python
		}
	}
	t.Skip("python3-gssapi is not installed: no acceptor of MIT's to test with")
	return ""
}

// bindingsOf is the tls-server-end-point data of a certificate. RFC 5929 4
func bindingsOf(cert *x509.Certificate) []byte {
	sum := sha256.Sum256(cert.Raw)
	return append([]byte("tls-server-end-point:"), sum[:]...)
}

// newService starts a web server that takes Negotiate, bound to the
// certificate that bound gives for its own.
func (r *realm) newService(t *testing.T, bound func(*x509.Certificate) []byte) (*httptest.Server, *string) {
	t.Helper()
	python := pythonWithGSSAPI(t)
	who := new(string)
	signedIn := map[string]bool{} // by connection; a lane has one
	s := httptest.NewUnstartedServer(nil)
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		_, token, found := strings.Cut(req.Header.Get("Authorization"), "Negotiate ")
		if !found && signedIn[req.RemoteAddr] {
			_, _ = w.Write([]byte("hello"))
			return
		}
		if raw, err := decodeBase64(token); found && err == nil {
			name, err := r.accept(t, python, raw, bound(s.Certificate()))
			if err == nil {
				*who, signedIn[req.RemoteAddr] = name, true
				w.Header().Set("Persistent-Auth", "true")
				return
			}
			t.Logf("the acceptor says: %v", err)
		}
		w.Header().Set("WWW-Authenticate", "Negotiate")
		w.WriteHeader(http.StatusUnauthorized)
	})
	s.StartTLS()
	t.Cleanup(s.Close)
	return s, who
}

func decodeBase64(s string) ([]byte, error) {
	return base64.StdEncoding.DecodeString(strings.TrimSpace(s))
}

// get asks the service for its page as somebody.
func get(t *testing.T, s *httptest.Server, k auth.Kerberos) error {
	t.Helper()
	a, err := auth.NewKerberos(k)
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	origin := &url.URL{Scheme: "https", Host: "localhost:" + port, Path: "/"}
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	lanes := mapihttp.NewLanes(origin, a, mapihttp.LaneConfig{
		TLS: &tls.Config{RootCAs: pool, ServerName: "example.com"},
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, s.Listener.Addr().String())
		},
	})
	defer lanes.Close()
	resp, err := lanes.Send(t.Context(), &mapihttp.Request{Method: http.MethodPost, URL: origin})
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("HTTP %d", resp.StatusCode)
	}
	return nil
}

// Every way to have tickets signs in to a service that requires channel
// bindings, against MIT's KDC and MIT's acceptor.
func TestKerberos(t *testing.T) {
	r := newRealm(t)
	r.run(t, find(t, "kinit")[0], "alice@"+kerberosRealm)
	s, who := r.newService(t, bindingsOf)
	for name, test := range map[string]struct {
		with auth.Kerberos
		want string
	}{
		"password":         {auth.Kerberos{User: "alice@" + kerberosRealm, Password: auth.NewSecret("secret")}, "alice@" + kerberosRealm},
		"keytab":           {auth.Kerberos{User: "bob@" + kerberosRealm, Keytab: r.userKeytab}, "bob@" + kerberosRealm},
		"credential cache": {auth.Kerberos{CCache: filepath.Join(r.dir, "ccache")}, "alice@" + kerberosRealm},
	} {
		t.Run(name, func(t *testing.T) {
			test.with.Config = r.conf
			*who = ""
			if err := get(t, s, test.with); err != nil {
				t.Fatal(err)
			}
			if *who != test.want {
				t.Errorf("signed in as %q, want %q", *who, test.want)
			}
		})
	}
}

// Where something between ends TLS the certificates differ, the acceptor
// refuses, and the error says what to look for.
func TestKerberosIsBoundToTheConnection(t *testing.T) {
	r := newRealm(t)
	s, _ := r.newService(t, func(*x509.Certificate) []byte { return []byte("tls-server-end-point:another certificate") })
	err := get(t, s, auth.Kerberos{User: "alice@" + kerberosRealm, Password: auth.NewSecret("secret"), Config: r.conf})
	var rejected *auth.RejectedError
	if !errors.As(err, &rejected) || !rejected.Bound || !strings.Contains(err.Error(), "ends TLS") {
		t.Errorf("%v, want a *RejectedError that names the binding", err)
	}
}

// The test Exchange takes the tickets of a real KDC, and with Extended Protection those only that are bound to its certificate.
func TestKerberosAtExchange(t *testing.T) {
	r := newRealm(t)
	for name, test := range map[string]struct {
		protection mapitest.ExtendedProtection
		through    bool // something that ends TLS
		ok         bool
	}{
		"required":                   {mapitest.ProtectionRequire, false, true},
		"required, TLS ended before": {mapitest.ProtectionRequire, true, false},
		"allowed, TLS ended before":  {mapitest.ProtectionAllow, true, false},
		"off, TLS ended before":      {mapitest.ProtectionOff, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			x := mapitest.NewServer(t, mapitest.Options{Keytab: r.serviceKeytab, ExtendedProtection: test.protection,
				Auth: []mapitest.AuthScheme{mapitest.AuthNegotiate}})
			if _, err := x.AddUser(mapitest.User{Name: "alice", Address: "alice@example.test", Password: "unused"}); err != nil {
				t.Fatal(err)
			}
			addr, pool := x.Addr(), x.CertPool()
			if test.through {
				proxy := httptest.NewTLSServer(reverse(t, x))
				t.Cleanup(proxy.Close)
				pool = x509.NewCertPool()
				pool.AddCert(proxy.Certificate())
				addr = proxy.Listener.Addr().String()
			}
			status := r.atExchange(t, addr, pool, x.Mailbox("alice").URL())
			if ok := status != http.StatusUnauthorized; ok != test.ok {
				t.Errorf("signed in: %v, HTTP %d", ok, status)
			}
		})
	}
}

// reverse passes requests on over one connection, as a proxy that keeps connections apart does.
func reverse(t *testing.T, x *mapitest.Server) http.Handler {
	t.Helper()
	target, err := url.Parse(x.URL())
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: x.CertPool()}, MaxConnsPerHost: 1}
	return proxy
}

// atExchange signs in and sends an empty POST; it gives the status, 401 where the sign-in was refused.
func (r *realm) atExchange(t *testing.T, addr string, pool *x509.CertPool, mailbox string) int {
	t.Helper()
	a, err := auth.NewKerberos(auth.Kerberos{User: "alice@" + kerberosRealm, Password: auth.NewSecret("secret"), Config: r.conf, Service: "HTTP/localhost"})
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(mailbox)
	if err != nil {
		t.Fatal(err)
	}
	u.Host = addr
	lanes := mapihttp.NewLanes(u, a, mapihttp.LaneConfig{TLS: &tls.Config{RootCAs: pool}})
	defer lanes.Close()
	resp, err := lanes.Send(t.Context(), &mapihttp.Request{Method: http.MethodPost, URL: u})
	var rejected *auth.RejectedError
	if errors.As(err, &rejected) {
		if !rejected.Bound || !strings.Contains(err.Error(), "ends TLS") {
			t.Errorf("%v, want an error that names the binding", err)
		}
		return http.StatusUnauthorized
	}
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

// What the KDC refuses is told, without the password.
func TestKerberosRefusals(t *testing.T) {
	r := newRealm(t)
	conn := auth.Conn{Host: "localhost", TLS: &tls.ConnectionState{}}
	for name, test := range map[string]struct {
		with auth.Kerberos
		want string
	}{
		"wrong password":  {auth.Kerberos{User: "alice@" + kerberosRealm, Password: auth.NewSecret("wrong-one")}, "KDC gave no ticket"},
		"nobody":          {auth.Kerberos{User: "nobody@" + kerberosRealm, Password: auth.NewSecret("secret")}, "KDC gave no ticket"},
		"unknown service": {auth.Kerberos{User: "alice@" + kerberosRealm, Password: auth.NewSecret("secret"), Service: "HTTP/elsewhere"}, "HTTP/elsewhere"},
		"no keytab":       {auth.Kerberos{User: "alice@" + kerberosRealm, Keytab: filepath.Join(r.dir, "none")}, "keytab"},
		"no cache":        {auth.Kerberos{CCache: filepath.Join(r.dir, "none")}, "credential cache"},
	} {
		t.Run(name, func(t *testing.T) {
			test.with.Config = r.conf
			a, err := auth.NewKerberos(test.with)
			if err != nil {
				t.Fatal(err)
			}
			in, err := a.Begin(t.Context(), conn)
			if err != nil {
				t.Fatal(err)
			}
			_, err = in.Next(t.Context(), nil)
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "wrong-one") {
				t.Errorf("%v, want an error with %q", err, test.want)
			}
		})
	}
}

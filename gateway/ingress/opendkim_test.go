package ingress

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"

	"github.com/mapigate/mapigate/smtpside/milter"
)

// startOpenDKIM starts a signing OpenDKIM of the system, or of packages unpacked in the folder that MAPIGATE_PEERS names, and gives
// its address and the DNS record of its key.
func startOpenDKIM(t *testing.T) (address, record string) {
	t.Helper()
	root := os.Getenv("MAPIGATE_PEERS")
	program := filepath.Join(root, "/usr/sbin/opendkim")
	if _, err := os.Stat(program); err != nil {
		program = "/usr/sbin/opendkim"
	}
	if _, err := os.Stat(program); err != nil {
		t.Skip("opendkim is not installed (Debian: opendkim): no milter of others to test with")
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	keyFile := filepath.Join(dir, "key.pem")
	if err := os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}), 0o600); err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "s")
	conf := filepath.Join(dir, "opendkim.conf")
	if err := os.WriteFile(conf, []byte("Mode s\nBackground no\nDomain here.test\nSelector sel\nKeyFile "+keyFile+
		"\nCanonicalization simple/simple\nSocket local:"+socket+"\nRequireSafeKeys no\nOversignHeaders From\nSyslog no\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	server := exec.Command(program, "-f", "-x", conf)
	libraries, err := filepath.Glob(filepath.Join(root, "/usr/lib/*-linux-gnu"))
	if err != nil {
		t.Fatal(err)
	}
	server.Env = append(os.Environ(), "LD_LIBRARY_PATH="+strings.Join(append(libraries, filepath.Join(root, "/usr/lib")), ":"))
	var said strings.Builder
	server.Stderr = &said
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Process.Kill(); server.Wait() })
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if conn, err := net.Dial("unix", socket); err == nil {
			conn.Close()
			break
		}
		if time.Now().After(end) {
			t.Fatalf("opendkim does not answer: %s", said.String())
		}
	}
	return "unix:" + socket, "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(public)
}

// OpenDKIM signs what comes in, and the signature holds for what is in the queue, strictly canonicalised: the filter saw the very
// octets that go on, and its field stands there as it gave it.
func TestMilterOpenDKIM(t *testing.T) {
	address, record := startOpenDKIM(t)
	filter, err := milter.New(milter.Options{Address: address, Hostname: "gw.test"})
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t, loopback(), func(o *Options) {
		o.Filters, o.Spool = []Filter{{Filter: filter, Name: "opendkim"}}, t.TempDir()
		o.Clock = time.Now
	})
	s.talk(start + `From: a@here.test\r\nTo: bob@here.test\r\nSubject: folded\r\n  twice\r\n` + "\t" + `and again\r\nDate: Sun, 1 Mar 2026 12:00:00 +0000\r\n\r\nHello,\r\n\r\n..dot\r\n` +
		strings.Repeat(strings.Repeat("0123456789", 7)+`\r\n`, 3000) + `\r\n.` + "\n250\n> QUIT\n221")
	_, body := s.only()
	checks, err := dkim.VerifyWithOptions(strings.NewReader(body), &dkim.VerifyOptions{LookupTXT: func(name string) ([]string, error) {
		if name != "sel._domainkey.here.test" {
			t.Errorf("asked for %s", name)
		}
		return []string{record}, nil
	}})
	if err != nil || len(checks) != 1 || checks[0].Err != nil {
		t.Fatalf("%d signatures, %v: %+v\n%s", len(checks), err, *checks[0], body[:1500])
	}
	t.Logf("signed by OpenDKIM for %s, %d octets, holds", checks[0].Domain, len(body))
}

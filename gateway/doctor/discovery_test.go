package doctor_test

import (
	"bytes"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jimlambrt/gldap"

	"github.com/mapigate/mapigate/gateway/doctor"
	"github.com/mapigate/mapigate/mapiclient/trace"
)

// directory is an LDAP server with one service connection point, that of autodiscover.
func directory(t *testing.T, autodiscover string) (address string) {
	t.Helper()
	server, err := gldap.NewServer()
	if err != nil {
		t.Fatal(err)
	}
	mux, err := gldap.NewMux()
	if err != nil {
		t.Fatal(err)
	}
	search := func(w *gldap.ResponseWriter, r *gldap.Request) {
		attributes := map[string][]string{"configurationNamingContext": {"CN=Configuration"}}
		if m, err := r.GetSearchMessage(); err == nil && m.BaseDN != "" {
			attributes = map[string][]string{"keywords": {"77378F46-2C66-4aa9-A6A6-3E7A48B19596"}, "serviceBindingInformation": {autodiscover}}
		}
		_ = w.Write(r.NewSearchResponseEntry("CN=EX1", gldap.WithAttributes(attributes)))
		_ = w.Write(r.NewSearchDoneResponse(gldap.WithResponseCode(gldap.ResultSuccess)))
	}
	if err := mux.Search(search); err != nil {
		t.Fatal(err)
	}
	if err := server.Router(mux); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address = l.Addr().String()
	_ = l.Close()
	ended := make(chan error, 1)
	go func() { ended <- server.Run(address) }()
	t.Cleanup(func() { _ = server.Stop(); <-ended })
	for end := time.Now().Add(10 * time.Second); !server.Ready(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the directory does not start")
		}
	}
	return address
}

// The server is found by what a directory has published; what else Autodiscover names is told, and all that was asked
// stands in the trace, but for secrets.
func TestDiscoveryByDirectory(t *testing.T) {
	w := newWard(t)
	box := w.exchange.Mailbox("gateway")
	u, err := url.Parse(w.exchange.AutodiscoverURL())
	if err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{
		"url: " + box.URL():          "autodiscover: gateway@example.test",
		"user_dn: " + box.LegacyDN(): "active_directory: {url: \"ldap://" + directory(t, u.String()) + "\", plaintext: true}\n    hosts: [127.0.0.1]",
	} {
		if !strings.Contains(w.config, from) {
			t.Fatalf("no %q in the configuration", from)
		}
		w.config = strings.Replace(w.config, from, to, 1)
	}
	var written bytes.Buffer
	ok, lines := w.examine(doctor.Options{Trace: trace.NewWriter(&written).Observe})
	if !ok {
		t.Errorf("it is ill:\n%s", lines)
	}
	for _, want := range []string{"✓ exchange main, discovery: https://127.0.0.1", "Autodiscover names: anna@example.test (Delegate), sales@example.test (Delegate)"} {
		if !strings.Contains(lines, want) {
			t.Errorf("no %q in\n%s", want, lines)
		}
	}
	if text := written.String(); !strings.Contains(text, "Logon") || !strings.Contains(text, "ResolveNames") || strings.Contains(text, "secret") {
		t.Errorf("the trace is\n%s", text)
	}
}

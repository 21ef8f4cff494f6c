package gateway

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/organisation"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
)

// A proxy of the configuration carries discovery and everything else.
func TestThroughAProxy(t *testing.T) {
	s := mapitest.NewServer(t)
	if _, err := s.AddUser(mapitest.User{Name: "alice", Address: "alice@example.test", Password: "secret"}); err != nil {
		t.Fatal(err)
	}
	var tunnels atomic.Int32
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		to, err := net.Dial("tcp", r.Host)
		if err != nil || r.Method != http.MethodConnect {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		tunnels.Add(1)
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { _, _ = io.Copy(conn, to); _ = conn.Close() }()
		_, _ = io.Copy(to, conn)
		_ = to.Close()
	}))
	defer proxy.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, s.CertificatePEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	alice := s.Mailbox("alice")
	client, err := organisation.NewClient(&config.Exchange{
		Name: "main", URL: alice.URL(), UserDN: alice.LegacyDN(), Mailbox: "alice@example.test", CAFile: ca,
		User: "alice", Password: "secret", Auth: config.AuthNTLM, Proxy: config.Proxy{URL: proxy.URL},
	}, "alice@example.test", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	m, err := client.OpenMailbox(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if tunnels.Load() == 0 {
		t.Error("nothing went through the proxy")
	}
}

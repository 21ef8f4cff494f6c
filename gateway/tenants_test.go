package gateway_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/smtp"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway"
	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
)

// tenants is a gateway for two organisations that know nothing of each other: they even have people of the same address.
func tenants(t *testing.T) (g *gateway.Gateway, exchanges map[string]*mapitest.Server) {
	t.Helper()
	dir := t.TempDir()
	exchanges = map[string]*mapitest.Server{}
	var listeners, servers, routes strings.Builder
	for _, name := range []string{"red", "blue"} {
		x := mapitest.NewServer(t)
		for _, user := range []string{"service", "alice"} {
			if _, err := x.AddUser(mapitest.User{Name: user, Address: user + "@example.test", Password: name}); err != nil {
				t.Fatal(err)
			}
		}
		ca := filepath.Join(dir, name+".pem")
		if err := os.WriteFile(ca, x.CertificatePEM(), 0o600); err != nil {
			t.Fatal(err)
		}
		box := x.Mailbox("service")
		exchanges[name] = x
		fmt.Fprintf(&listeners, "  - {name: %s-apps, address: \"127.0.0.1:0\", mode: plain, networks: [127.0.0.0/8]}\n", name)
		fmt.Fprintf(&servers, "  - {name: %s, url: %q, user_dn: %q, user: service, password: %s, ca_file: %q, workers: 2, timeout: 5s, mailbox: service@example.test,\n"+
			"     identities: [{from: \"*\", mailbox: service@example.test, rewrite_from: true}]}\n", name, box.URL(), box.LegacyDN(), name, ca)
		fmt.Fprintf(&routes, "  - {source: [%[1]s-apps], via: exchange/%[1]s}\n", name)
	}
	text := fmt.Sprintf("hostname: gw.test\ndata: %s/data\nadmin: {address: \"127.0.0.1:0\"}\nlisteners:\n%sexchange:\n%sroutes:\n%s  - {source: [gateway], via: reject}\nretry: {first: 1s, most: 2s}\n",
		dir, &listeners, &servers, &routes)
	c, err := config.Parse("tenants.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if g, err = gateway.New(c, gateway.Options{Log: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- g.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return g, exchanges
}

// One organisation's mail goes to that organisation, and is not kept waiting by another that is away.
func TestTenants(t *testing.T) {
	g, exchanges := tenants(t)
	send := func(tenant, subject string) {
		t.Helper()
		text := "From: app@" + tenant + ".test\r\nTo: alice@example.test\r\nSubject: " + subject + "\r\n\r\nx\r\n"
		if err := smtp.SendMail(g.Addresses()[tenant+"-apps"].String(), nil, "app@"+tenant+".test", []string{"alice@example.test"}, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	arrives := func(tenant, subject string) time.Duration {
		t.Helper()
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		_, err := exchanges[tenant].Mailbox("alice").WaitFor(ctx, mapitest.Inbox, func(m *mapitest.Stored) bool {
			return mapi.PidTagSubject.Get(m.Props) == subject
		})
		if err != nil {
			t.Fatalf("%s: %q: %v", tenant, subject, err)
		}
		return time.Since(start)
	}
	send("red", "for red")
	send("blue", "for blue")
	arrives("red", "for red")
	arrives("blue", "for blue")
	for name, x := range exchanges {
		if n := len(x.Mailbox("alice").Messages(mapitest.Inbox)); n != 1 {
			t.Errorf("%s has %d messages, want its own", name, n)
		}
	}
	// Blue is away.
	exchanges["blue"].Faults().Add(mapitest.Fault{At: mapitest.Request("Execute"), HTTPStatus: 503, Times: -1})
	exchanges["blue"].Faults().Add(mapitest.Fault{At: mapitest.Request("Connect"), HTTPStatus: 503, Times: -1})
	for i := range 100 {
		send("blue", fmt.Sprintf("waits %d", i))
	}
	for i := range 5 {
		subject := fmt.Sprintf("passes %d", i)
		send("red", subject)
		if took := arrives("red", subject); took > 10*time.Second {
			t.Errorf("a mail of red took %v while blue is away", took)
		}
	}
	for _, want := range []string{
		`mapigate_delivery_attempts_total{courier="exchange/red",verdict="delivered"} 6`,
		`mapigate_delivery_attempts_total{courier="exchange/blue",verdict="delivered"} 1`,
		`mapigate_destinations_down{courier="exchange/red"} 0`,
		`mapigate_destinations_down{courier="exchange/blue"} 1`,
	} {
		metrics := ""
		for range 100 { // an outcome is counted behind the arrival
			if metrics = page(t, g, "/metrics"); strings.Contains(metrics, want+"\n") {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		if !strings.Contains(metrics, want+"\n") {
			t.Errorf("no %s in the metrics:\n%s", want, grep(metrics, "exchange/"))
		}
	}
	// And blue's mail goes when blue is back.
	exchanges["blue"].Faults().Clear()
	arrives("blue", "waits 99")
}

func page(t *testing.T, g *gateway.Gateway, path string) string {
	t.Helper()
	resp, err := http.Get("http://" + g.Admin().String() + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func grep(text, what string) string {
	var found []string
	for line := range strings.SplitSeq(text, "\n") {
		if strings.Contains(line, what) {
			found = append(found, line)
		}
	}
	return strings.Join(found, "\n")
}

package organisation

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/smtpside/smtptest"
)

// Addresses come with mail: a From that is sent in the name of, a recipient that is asked for. With the gateway's own account it is always
// the organisation's servers that are asked for them, and never those of the address's domain, which anybody can register.
func TestAMailDoesNotChooseWhoGetsThePassword(t *testing.T) {
	ca, err := smtptest.NewCA()
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := ca.Server("home.test", "autodiscover.home.test", "attacker.test", "autodiscover.attacker.test")
	if err != nil {
		t.Fatal(err)
	}
	var asked []string // hosts, and whether they got the password
	all := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, _, signedIn := r.BasicAuth()
		if asked = append(asked, r.Host+" "+user); !signedIn {
			w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		fmt.Fprintf(w, `<Autodiscover><Response><User><LegacyDN>/o=A/cn=x</LegacyDN></User><Account><Action>settings</Action><Protocol Type="mapiHttp" Version="1">`+
			`<MailStore><ExternalUrl>https://%s/mapi/emsmdb/?MailboxId=x</ExternalUrl></MailStore></Protocol></Account></Response></Autodiscover>`, r.Host)
	}))
	all.TLS = certificate
	all.StartTLS()
	defer all.Close()
	roots := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(roots, ca.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	o, err := New(&config.Exchange{Name: "main", Autodiscover: "robot@home.test", User: "robot", Password: "secret", Auth: config.AuthBasic, CAFile: roots},
		Observers{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close(context.Background())
	o.http.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, all.Listener.Addr().String())
	}
	client, err := o.Client("victim@attacker.test")
	if err != nil {
		t.Fatal(err)
	}
	at, err := client.Endpoint(t.Context())
	if err != nil || at.URL != "https://autodiscover.home.test/mapi/emsmdb/?MailboxId=x" {
		t.Errorf("found %q: %v", at.URL, err)
	}
	if want := []string{"home.test ", "autodiscover.home.test ", "autodiscover.home.test robot"}; !slices.Equal(asked, want) {
		t.Errorf("asked %q, want %q", asked, want)
	}
}

// The mail domain is that of the configuration, however it says where Exchange is.
func TestHome(t *testing.T) {
	for want, e := range map[string]*config.Exchange{
		"a.test":      {Autodiscover: "robot@a.test", Mailbox: "robot@b.test"},
		"b.test":      {URL: "https://mail.hoster.test/mapi/emsmdb/", Mailbox: "robot@b.test"},
		"c.test":      {URL: "https://mail.hoster.test/mapi/emsmdb/", Identities: []config.Identity{{Refuse: "no"}, {Mailbox: "robot@c.test"}}},
		"hoster.test": {URL: "https://hoster.test:8443/mapi/emsmdb/"},
	} {
		if got := home(e); got != want {
			t.Errorf("%+v: %s, want %s", e, got, want)
		}
	}
}

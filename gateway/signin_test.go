package gateway

import (
	"crypto/tls"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/organisation"
	"github.com/mapigate/mapigate/mapiclient/auth"
)

// What stands under oauth2 in a file reaches the issuer, and its token the
// header of requests.
func TestOAuth2OfTheConfiguration(t *testing.T) {
	issuer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("client_id") != "app" || r.FormValue("client_secret") != "hush" || r.FormValue("scope") != "mail" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": "T0", "token_type": "Bearer", "expires_in": 3600})
	}))
	defer issuer.Close()
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("hush\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	text := `
hostname: mx.example.org
exchange:
  - name: main
    autodiscover: gateway@example.org
    mailbox: gateway@example.org
    auth: oauth2
    oauth2:
      token_url: ` + issuer.URL + `/token
      client_id: app
      client_secret_file: ` + secret + `
      scopes: mail
`
	c, err := config.Parse("mapigate.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var told time.Time
	a, err := organisation.SignIn(&c.Exchange[0], func(expires time.Time, _ error) { told = expires })
	if err != nil {
		t.Fatal(err)
	}
	in, err := a.Begin(t.Context(), auth.Conn{Host: "mail.example.org", TLS: &tls.ConnectionState{}})
	if err != nil {
		t.Fatal(err)
	}
	if h, err := in.Header(t.Context()); h != "Bearer T0" || err != nil {
		t.Errorf("header %q, %v", h, err)
	}
	if time.Until(told) < 50*time.Minute {
		t.Errorf("told that the token ends %v", told)
	}
	if _, err := a.Begin(t.Context(), auth.Conn{Host: "mail.example.org"}); err == nil {
		t.Error("a token would travel without TLS")
	}

	for name, change := range map[string][2]string{
		"no way to prove it":       {"client_secret_file: " + secret, ""},
		"a certificate alone":      {"scopes: mail", "certificate: cert.pem"},
		"a token URL without TLS":  {issuer.URL, "http://login.example.org"},
		"a password besides":       {"auth: oauth2", "auth: oauth2\n    password: x"},
		"a key that is not known":  {"client_id: app", "client_id: app\n      client_ids: app"},
		"both secret and its file": {"scopes: mail", "client_secret: x"},
	} {
		if _, err := config.Parse("mapigate.yaml", []byte(strings.Replace(text, change[0], change[1], 1))); err == nil {
			t.Errorf("%s passes", name)
		} else if strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: the error tells the secret: %v", name, err)
		}
	}
}

package admin_test

import (
	"crypto/sha256"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/op"

	"github.com/mapigate/mapigate/gateway/admin"
	"github.com/mapigate/mapigate/gateway/admin/access"
	"github.com/mapigate/mapigate/gateway/admin/api"
)

// newProvider serves a real OpenID provider of the zitadel/oidc library with the storage of its example. Whoever comes to its login page is the
// user that user names.
func newProvider(t *testing.T, redirect string, user *atomic.Value) string {
	t.Helper()
	var provider atomic.Pointer[op.Provider]
	var store *storage.Storage
	var issuer string
	mux := http.NewServeMux()
	mux.HandleFunc("/login/username", func(w http.ResponseWriter, r *http.Request) {
		id := r.FormValue("authRequestID")
		if err := store.CheckUsernamePassword(user.Load().(string), "verysecure", id); err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		http.Redirect(w, r, op.AuthCallbackURL(provider.Load())(op.ContextWithIssuer(r.Context(), issuer), id), http.StatusFound)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { provider.Load().ServeHTTP(w, r) })
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	issuer = s.URL
	store = storage.NewStorageWithClients(storage.NewUserStore(s.URL), map[string]*storage.Client{"mapigate": storage.WebClient("mapigate", "secret", redirect)})
	p, err := op.NewProvider(&op.Config{CryptoKey: sha256.Sum256([]byte("test")), CodeMethodS256: true, SupportedScopes: []string{"openid", "profile", "email"}},
		store, op.StaticIssuer(s.URL), op.WithAllowInsecure())
	if err != nil {
		t.Fatal(err)
	}
	provider.Store(p)
	return s.URL
}

// A person goes to the provider, comes back with a code, and is who the provider says, with the rights that we give.
func TestOIDC(t *testing.T) {
	var server http.Handler
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { server.ServeHTTP(w, r) }))
	defer front.Close()
	var user atomic.Value
	issuer := newProvider(t, front.URL+access.CallbackPath, &user)
	r := newRig(t, func(o *admin.Options) {
		o.Access = access.Options{URL: mustURL(t, front.URL), OIDC: &access.OIDC{
			Issuer: issuer, ClientID: "mapigate", ClientSecret: "secret", Claim: "groups",
			Rights: access.Rights{Operators: []string{"test-user@zitadel.ch"}, ReadOnly: []string{"id2"}},
		}}
	})
	server = r.Server
	for _, c := range []struct{ user, name, role string }{
		{"test-user@127.0.0.1", "test-user@zitadel.ch", "operator"}, {"test-user2", "test-user2@zitadel.ch", "read-only"},
	} {
		user.Store(c.user)
		jar, _ := cookiejar.New(nil)
		browser := &http.Client{Jar: jar}
		resp, err := browser.Get(front.URL + "/login")
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != 200 || !strings.Contains(string(body), "Signed in") {
			t.Fatalf("%s: %d %s", c.user, resp.StatusCode, body)
		}
		resp, err = browser.Get(front.URL + api.Prefix + "/session")
		if err != nil {
			t.Fatal(err)
		}
		var s access.State
		json.NewDecoder(resp.Body).Decode(&s)
		resp.Body.Close()
		if s.Name != c.name || s.Role != c.role || s.How != "oidc" || strings.Join(s.Logins, " ") != "oidc" {
			t.Errorf("%s: %+v", c.user, s)
		}
	}
	user.Store("nobody")
	if resp, err := (&http.Client{}).Get(front.URL + "/login"); err != nil || resp.StatusCode != http.StatusForbidden {
		t.Errorf("nobody: %v %v", resp, err)
	}
}

// A login that did not begin in this browser ends nowhere: nobody can be signed in as somebody else.
func TestForeignLogin(t *testing.T) {
	var user atomic.Value
	user.Store("test-user2")
	var server http.Handler
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { server.ServeHTTP(w, r) }))
	defer front.Close()
	issuer := newProvider(t, front.URL+access.CallbackPath, &user)
	r := newRig(t, func(o *admin.Options) {
		o.Access = access.Options{URL: mustURL(t, front.URL), OIDC: &access.OIDC{Issuer: issuer, ClientID: "mapigate", ClientSecret: "secret", Rights: access.Rights{ReadOnly: []string{"*"}}}}
	})
	server = r.Server
	jar, _ := cookiejar.New(nil)
	attacker := &http.Client{Jar: jar, CheckRedirect: func(next *http.Request, _ []*http.Request) error {
		if next.URL.Path == access.CallbackPath {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	resp, err := attacker.Get(front.URL + "/login")
	if err != nil {
		t.Fatal(err)
	}
	back := resp.Header.Get("Location")
	if at, err := url.Parse(back); err != nil || at.Query().Get("code") == "" {
		t.Fatalf("the provider sends us to %q: %v", back, err)
	}
	victim := &http.Client{}
	if resp, err := victim.Get(back); err != nil || resp.StatusCode != http.StatusForbidden || len(resp.Cookies()) > 0 {
		t.Errorf("in another browser: %v %v", resp, err)
	}
	if resp, err := attacker.Get(back); err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("in the one it began in: %v %v", resp, err)
	}
	if resp, err := attacker.Get(back); err != nil || resp.StatusCode != http.StatusForbidden {
		t.Errorf("a second time: %v %v", resp, err)
	}
	for path, code := range map[string]int{access.CallbackPath + "?error=access_denied": 403, access.CallbackPath: 403} {
		if w := r.ask(ask{path: path}); w.Code != code {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	plain := newRig(t, nil)
	if w := plain.ask(ask{path: "/login"}); w.Code != 404 {
		t.Errorf("without a provider: %d", w.Code)
	}
}

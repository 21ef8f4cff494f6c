package auth

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
	"golang.org/x/sync/semaphore"
)

// An issuer is a real OpenID provider of the zitadel/oidc library, with the
// storage of its example.
type issuer struct {
	*storage.Storage
	url string
}

// GetClientByClientID lets the device client refresh as well.
func (i *issuer) GetClientByClientID(ctx context.Context, id string) (op.Client, error) {
	c, err := i.Storage.GetClientByClientID(ctx, id)
	if err != nil {
		return nil, err
	}
	return refreshing{c}, nil
}

// TokenRequestByRefreshToken fills in the client, which the example forgets
// for tokens that came by device code.
func (i *issuer) TokenRequestByRefreshToken(ctx context.Context, token string) (op.RefreshTokenRequest, error) {
	r, err := i.Storage.TokenRequestByRefreshToken(ctx, token)
	if err != nil {
		return nil, err
	}
	return ofDevice{r}, nil
}

type ofDevice struct{ op.RefreshTokenRequest }

func (ofDevice) GetClientID() string { return "device" }

type refreshing struct{ op.Client }

func (c refreshing) GrantTypes() []oidc.GrantType {
	return append(c.Client.GrantTypes(), oidc.GrantTypeRefreshToken)
}

func (c refreshing) IsScopeAllowed(string) bool { return true }

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	var provider atomic.Pointer[op.Provider]
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { provider.Load().ServeHTTP(w, r) }))
	t.Cleanup(s.Close)
	i := &issuer{url: s.URL, Storage: storage.NewStorageWithClients(storage.NewUserStore(s.URL),
		map[string]*storage.Client{"device": storage.DeviceClient("device", "device-secret")})}
	p, err := op.NewProvider(&op.Config{
		CryptoKey: sha256.Sum256([]byte("test")), AuthMethodPost: true, GrantTypeRefreshToken: true,
		DeviceAuthorization: op.DeviceAuthorizationConfig{
			Lifetime: time.Minute, PollInterval: time.Second, UserFormPath: "/device", UserCode: op.UserCodeBase20,
		},
	}, i, op.StaticIssuer(s.URL), op.WithAllowInsecure())
	if err != nil {
		t.Fatal(err)
	}
	provider.Store(p)
	return i
}

// valid asks the provider whether a token is one of its own.
func (i *issuer) valid(t *testing.T, token string) bool {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, i.url+"/userinfo", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

func tokenOf(t *testing.T, o OAuth2, fresh bool) (string, error) {
	t.Helper()
	a, err := NewOAuth2(o)
	if err != nil {
		t.Fatal(err)
	}
	s, err := a.(*bearer).source(t.Context(), fresh)
	return s.Reveal(), err
}

func TestClientCredentialsWithSecret(t *testing.T) {
	i := newIssuer(t)
	var told time.Time
	o := OAuth2{Name: "gateway", TokenURL: i.url + "/oauth/token", ClientID: "sid1", ClientSecret: NewSecret("verysecret"),
		Scopes: []string{"openid"}, Watch: func(expires time.Time, _ error) { told = expires }}
	token, err := tokenOf(t, o, false)
	if err != nil || token == "" {
		t.Fatalf("%q, %v", token, err)
	}
	if time.Until(told) < time.Minute {
		t.Errorf("told that it ends %v", told)
	}
	o.ClientSecret = NewSecret("wrong-and-secret")
	_, err = tokenOf(t, o, false)
	var refused *TokenError
	if !errors.As(err, &refused) || refused.Code != "invalid_client" {
		t.Errorf("%v, want a *TokenError of invalid_client", err)
	}
	if err != nil && strings.Contains(err.Error(), "wrong-and-secret") {
		t.Errorf("the error tells the secret: %v", err)
	}
}

// A person signs in once; from then on the refresh token in the file gives
// access tokens, and each refresh token is used once.
func TestDeviceCodeAndRefreshToken(t *testing.T) {
	i := newIssuer(t)
	file := filepath.Join(t.TempDir(), "token")
	o := OAuth2{Name: "alice", TokenURL: i.url + "/oauth/token", DeviceURL: i.url + "/device_authorization",
		ClientID: "device", ClientSecret: NewSecret("device-secret"), Scopes: []string{"openid", "offline_access"}, TokenFile: file}
	if _, err := tokenOf(t, o, false); err == nil || !strings.Contains(err.Error(), "sign in first") {
		t.Errorf("without a token file: %v", err)
	}
	err := o.Login(t.Context(), func(p DevicePrompt) {
		if !strings.HasPrefix(p.URL, i.url) || p.Code == "" {
			t.Errorf("prompt %+v", p)
		}
		if err := i.CompleteDeviceAuthorization(t.Context(), p.Code, "id1"); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("token file: mode %v, %v", info.Mode(), err)
	}
	var tokens []string
	for n := range 3 {
		before, _ := os.ReadFile(file)
		token, err := tokenOf(t, o, false)
		if err != nil {
			t.Fatalf("refresh %d: %v", n+1, err)
		}
		if after, _ := os.ReadFile(file); string(before) == string(after) {
			t.Errorf("refresh %d kept the old refresh token", n+1)
		}
		if !i.valid(t, token) {
			t.Errorf("token %d is not the provider's", n+1)
		}
		tokens = append(tokens, token)
	}
	if tokens[0] == tokens[1] {
		t.Error("the same token twice")
	}
	if err := os.WriteFile(file, []byte("made-up\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := tokenOf(t, o, false); err == nil || strings.Contains(err.Error(), "made-up") {
		t.Errorf("with a refresh token that nobody gave: %v", err)
	}
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := tokenOf(t, o, false); err == nil || !strings.Contains(err.Error(), "0600") {
		t.Errorf("with a file that others can read: %v", err)
	}
}

// newCertificate writes a certificate and its key.
func newCertificate(t *testing.T) (certFile, keyFile string, cert *x509.Certificate) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "gateway"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	if cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	for name, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der},
		keyFile: {Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certFile, keyFile, cert
}

// The provider library takes no certificate for client credentials, so that a
// small endpoint stands in; the assertion is checked by the go-jose library.
func TestClientCredentialsWithCertificate(t *testing.T) {
	certFile, keyFile, cert := newCertificate(t)
	certificate, err := LoadCertificate(certFile, keyFile)
	if err != nil {
		t.Fatal(err)
	}
	var url string
	seen := map[string]bool{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assertion := r.FormValue("client_assertion")
		token, err := jwt.ParseSigned(assertion, []jose.SignatureAlgorithm{jose.PS256})
		if err != nil {
			t.Error(err)
			return
		}
		var claims jwt.Claims
		if err := token.Claims(cert.PublicKey, &claims); err != nil {
			t.Errorf("signature: %v", err)
		}
		if err := claims.ValidateWithLeeway(jwt.Expected{Issuer: "app", Subject: "app", AnyAudience: jwt.Audience{url}, Time: time.Now()}, 0); err != nil {
			t.Errorf("claims: %v", err)
		}
		thumbprint := sha256.Sum256(cert.Raw)
		if got := token.Headers[0].ExtraHeaders["x5t#S256"]; got != base64.RawURLEncoding.EncodeToString(thumbprint[:]) {
			t.Errorf("thumbprint %v", got)
		}
		if seen[claims.ID] {
			t.Error("an assertion was used twice")
		}
		seen[claims.ID] = true
		if r.FormValue("grant_type") != "client_credentials" || r.FormValue("client_secret") != "" || r.FormValue("client_id") != "app" ||
			r.FormValue("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" || r.FormValue("scope") != "mail" {
			t.Errorf("form %v", r.Form)
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": "T", "token_type": "Bearer", "expires_in": 3600})
	}))
	defer s.Close()
	url = s.URL + "/token"
	o := OAuth2{Name: "app", TokenURL: url, ClientID: "app", Certificate: certificate, Scopes: []string{"mail"}}
	for range 2 {
		if token, err := tokenOf(t, o, false); token != "T" || err != nil {
			t.Errorf("%q, %v", token, err)
		}
	}
}

// An access token is fetched once, renewed when a server refuses an old one,
// and not asked for again and again when it refuses a new one.
func TestAccessTokenIsKept(t *testing.T) {
	n := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n++
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": "T", "token_type": "Bearer", "expires_in": 3600})
	}))
	defer s.Close()
	k := &tokens{OAuth2: OAuth2{TokenURL: s.URL, ClientID: "app", ClientSecret: NewSecret("x")}, turn: semaphore.NewWeighted(1)}
	for i, step := range []struct {
		fresh bool
		age   time.Duration
		want  int
	}{{false, 0, 1}, {false, 0, 1}, {true, 0, 1}, {true, time.Minute, 2}, {true, 0, 2}, {false, time.Minute, 2}} {
		k.gotAt = k.gotAt.Add(-step.age)
		if _, err := k.get(t.Context(), step.fresh); err != nil {
			t.Fatal(err)
		}
		if n != step.want {
			t.Errorf("step %d: %d requests, want %d", i+1, n, step.want)
		}
	}
	k.access.Expiry = time.Now().Add(time.Minute)
	if _, err := k.get(t.Context(), false); err != nil || n != 3 {
		t.Errorf("a token that ends soon: %d requests, %v", n, err)
	}
}

// Secrets go over TLS only, and never after a redirect.
func TestOAuth2KeepsSecrets(t *testing.T) {
	base := OAuth2{Name: "x", ClientID: "x", ClientSecret: NewSecret("hush-hush"), TokenURL: "https://login.example.test/token"}
	for name, change := range map[string]func(*OAuth2){
		"plain http":     func(o *OAuth2) { o.TokenURL = "http://login.example.test/token" },
		"no URL":         func(o *OAuth2) { o.TokenURL = "" },
		"no client id":   func(o *OAuth2) { o.ClientID = "" },
		"no credentials": func(o *OAuth2) { o.ClientSecret = Secret{} },
	} {
		o := base
		change(&o)
		if _, err := NewOAuth2(o); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") }))
	defer other.Close()
	s := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	defer s.Close()
	base.TokenURL = s.URL
	if _, err := tokenOf(t, base, false); err == nil || strings.Contains(err.Error(), "hush-hush") {
		t.Errorf("behind a redirect: %v", err)
	}
}

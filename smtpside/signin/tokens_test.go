package signin

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/mapigate/mapigate/smtpside"
)

// The key and the token of RFC 7515 A.2.
const (
	rfcKeys = `{"keys":[{"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"}]}`
	rfcJWT  = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
)

func TestTokenOfRFC7515(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(file, []byte(rfcKeys), 0o600); err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1300819380, 0)
	tokens, err := NewTokens(TokensOptions{JWKS: file, Issuer: "joe", UserClaims: []string{"iss"}, Clock: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	if user, err := tokens.Check(context.Background(), nil, smtpside.Credentials{Token: rfcJWT}); err != nil || user != "joe" {
		t.Errorf("the token of the RFC: %q, %v", user, err)
	}
	now = now.Add(clockSkew + time.Second)
	if _, err := tokens.Check(context.Background(), nil, smtpside.Credentials{Token: rfcJWT}); !blames(err) {
		t.Errorf("when it has expired: %v", err)
	}
}

// An issuer hands out tokens and serves its keys.
type issuer struct {
	t     *testing.T
	key   *ecdsa.PrivateKey
	id    string
	url   string
	asked atomic.Int32
	down  atomic.Bool
}

func newIssuer(t *testing.T) *issuer {
	i := &issuer{t: t}
	i.roll("one")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i.asked.Add(1)
		if i.down.Load() {
			http.Error(w, "no", http.StatusServiceUnavailable)
			return
		}
		json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: i.key.Public(), KeyID: i.id, Use: "sig", Algorithm: "ES256"}}})
	}))
	t.Cleanup(server.Close)
	i.url = server.URL
	return i
}

// roll takes a new key.
func (i *issuer) roll(id string) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		i.t.Fatal(err)
	}
	i.key, i.id = key, id
}

func (i *issuer) token(change map[string]any) string {
	claims := map[string]any{
		"iss": "https://login.test", "aud": []string{"smtp"}, "exp": 2000000000, "nbf": 1000000000, "email": "bob@here.test", "scp": "SMTP.Send other",
	}
	for k, v := range change {
		if claims[k] = v; v == nil {
			delete(claims, k)
		}
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: i.key}, (&jose.SignerOptions{}).WithHeader("kid", i.id))
	if err != nil {
		i.t.Fatal(err)
	}
	s, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		i.t.Fatal(err)
	}
	return s
}

func TestTokens(t *testing.T) {
	i := newIssuer(t)
	now := time.Unix(1500000000, 0)
	tokens, err := NewTokens(TokensOptions{
		JWKS: i.url, Issuer: "https://login.test", Audience: []string{"smtp", "mail"}, Scopes: []string{"SMTP.Send"},
		Clock: func() time.Time { return now },
	})
	if err != nil {
		t.Fatal(err)
	}
	symmetric, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: []byte("0123456789abcdef0123456789abcdef")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	forged, err := jwt.Signed(symmetric).Claims(map[string]any{"email": "bob@here.test"}).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	good := i.token(nil)
	for _, tt := range []struct{ name, user, token, want string }{
		{"good", "", good, "bob@here.test"},
		{"its user", "Bob@Here.Test", good, "bob@here.test"},
		{"another user", "eve@here.test", good, ""},
		{"another issuer", "", i.token(map[string]any{"iss": "https://evil.test"}), ""},
		{"for somebody else", "", i.token(map[string]any{"aud": "imap"}), ""},
		{"expired", "", i.token(map[string]any{"exp": 1499999000}), ""},
		{"without end", "", i.token(map[string]any{"exp": nil}), ""},
		{"not yet", "", i.token(map[string]any{"nbf": 1500001000}), ""},
		{"without the scope", "", i.token(map[string]any{"scp": "other"}), ""},
		{"scope in a list", "", i.token(map[string]any{"scp": nil, "roles": []string{"SMTP.Send"}}), "bob@here.test"},
		{"address not proved", "", i.token(map[string]any{"email_verified": false, "sub": "id1"}), "id1"},
		{"nobody", "", i.token(map[string]any{"email": nil}), ""},
		{"HS256", "", forged, ""},
		{"none", "", "eyJhbGciOiJub25lIn0.eyJlbWFpbCI6ImJvYkBoZXJlLnRlc3QifQ.", ""},
		{"signature cut", "", good[:len(good)-4], ""},
		{"no token", "", "hello", ""},
	} {
		user, err := tokens.Check(context.Background(), nil, smtpside.Credentials{Username: tt.user, Token: tt.token})
		if user != tt.want || (err == nil) != (tt.want != "") || err != nil && !blames(err) {
			t.Errorf("%s: %q, %v", tt.name, user, err)
		}
	}
	if n := i.asked.Load(); n != 1 {
		t.Errorf("the keys were fetched %d times", n)
	}
}

func TestTokenKeysRollAndGo(t *testing.T) {
	i := newIssuer(t)
	now := time.Unix(1500000000, 0)
	tokens, err := NewTokens(TokensOptions{JWKS: i.url, Clock: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	check := func(when, token string, good bool) {
		t.Helper()
		if _, err := tokens.Check(context.Background(), nil, smtpside.Credentials{Token: token}); (err == nil) != good {
			t.Errorf("%s: %v", when, err)
		}
	}
	first := i.token(nil)
	i.down.Store(true)
	if _, err := tokens.Check(context.Background(), nil, smtpside.Credentials{Token: first}); !errors.Is(err, errNoKeys) || blames(err) {
		t.Errorf("no keys: %v", err)
	}
	i.down.Store(false)
	now = now.Add(keysRetry)
	check("first key", first, true)
	i.roll("two")
	second := i.token(nil)
	check("an unknown key at once", second, false)
	asked := i.asked.Load()
	now = now.Add(keysRetry)
	check("an unknown key later", second, true)
	check("the old key", first, false)
	check("the old key again", first, false)
	if n := i.asked.Load() - asked; n != 1 {
		t.Errorf("fetched %d times", n)
	}
	i.down.Store(true)
	now = now.Add(2 * keysFor)
	check("issuer down", second, true)
	now = now.Add(keysStaleFor)
	check("issuer down for long", second, false)
}

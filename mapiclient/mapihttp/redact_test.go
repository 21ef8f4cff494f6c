package mapihttp

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/auth"
)

// A server that shows us our own request does not bring its secrets into an error.
func TestEchoedCredentialsAreLeftOut(t *testing.T) {
	for name, a := range map[string]struct {
		auth   auth.Authenticator
		secret string
	}{
		"Basic":  {auth.NewBasic(auth.Credentials{User: "ann", Password: auth.NewSecret("x")}), "YW5uOng="},
		"Bearer": {auth.NewBearer("app", bearerOf("eyJhbGciOiJSUzI1NiJ9.eyJhdWQi.c2ln")), "eyJhbGci"},
		"opaque": {auth.NewBearer("app", bearerOf("OpaqueAccessToken")), "OpaqueAccess"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			c := f.config()
			c.Auth = a.auth
			x := f.connect(c)
			f.onExecute(func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(http.StatusBadGateway)
				fmt.Fprintf(w, "<h1>Debug</h1><pre>Authorization: %s\nCookie: %s</pre>", r.Header.Get("Authorization"), r.Header.Get("Cookie"))
			})
			_, err := x.Execute(t.Context(), nil, ExecuteOptions{})
			var status *HTTPError
			if !errors.As(err, &status) || !strings.Contains(status.Snippet, "Debug") || !strings.Contains(status.Snippet, "(left out)") {
				t.Fatalf("%v", err)
			}
			for _, secret := range []string{a.secret, "sequence=", "sid="} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("%q stands in %v", secret, err)
				}
			}
		})
	}
	for text, want := range map[string]string{
		"Basic authentication is off":     "Basic authentication is off",
		"Negotiate Unavailable, try NTLM": "Negotiate Unavailable, try NTLM",
		"NTLM TlRMTVNTUAAB":               "NTLM (left out)",
		"Set-Cookie: a=b; path=/ and on":  "(cookies left out)",
		"no cookies here":                 "no cookies here",
	} {
		if got := withoutMarkup(text); got != want {
			t.Errorf("%q gives %q, want %q", text, got, want)
		}
	}
}

func bearerOf(token string) auth.TokenSource {
	return func(context.Context, bool) (auth.Secret, error) { return auth.NewSecret(token), nil }
}

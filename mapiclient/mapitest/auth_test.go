package mapitest_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/Azure/go-ntlmssp"

	"github.com/mapigate/mapigate/mapiclient/frame"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// leg sends an empty handshake POST and gives what WWW-Authenticate answers.
func leg(t *testing.T, c *client, authorization string) (int, []string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	a, err := c.do(r)
	if err != nil {
		t.Fatal(err)
	}
	return a.status, a.header.Values("WWW-Authenticate")
}

// ntlmSignIn runs the three legs on one connection and gives the last status.
func ntlmSignIn(t *testing.T, c *client, scheme, user, password string) int {
	t.Helper()
	hello, err := ntlmssp.NewNegotiateMessage("", "")
	if err != nil {
		t.Fatal(err)
	}
	status, offer := leg(t, c, scheme+" "+base64.StdEncoding.EncodeToString(hello))
	if status != 401 || len(offer) != 1 || !strings.HasPrefix(offer[0], scheme+" ") {
		t.Fatalf("the challenge is HTTP %d, %v", status, offer)
	}
	challenge, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(offer[0], scheme+" "))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := ntlmssp.NewAuthenticateMessage(challenge, user, password, nil)
	if err != nil {
		t.Fatal(err)
	}
	status, _ = leg(t, c, scheme+" "+base64.StdEncoding.EncodeToString(answer))
	return status
}

// connectWithout connects with no Authorization at all.
func connectWithout(t *testing.T, c *client) *answer {
	t.Helper()
	b, err := wire.Marshal(c.connectRequest())
	if err != nil {
		t.Fatal(err)
	}
	r := c.request(frame.Connect, b)
	r.Header.Del("Authorization")
	a, err := c.do(r)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestNTLM signs a connection in with a client that is not ours.
func TestNTLM(t *testing.T) {
	s := server(t)
	for _, scheme := range []string{"NTLM", "Negotiate"} {
		t.Run(scheme, func(t *testing.T) {
			c := dial(t, s, "anna", "anna")
			if status := ntlmSignIn(t, c, scheme, "anna", "secret"); status == 401 {
				t.Fatal("refused")
			}
			if a := connectWithout(t, c); a.status != 200 || a.code != 0 {
				t.Errorf("on the signed-in connection: HTTP %d, response code %v", a.status, a.code)
			}
			c.http.CloseIdleConnections()
			if a := connectWithout(t, c); a.status != 401 {
				t.Errorf("on a new connection: HTTP %d", a.status)
			}
		})
	}
	c := dial(t, s, "anna", "anna")
	if status := ntlmSignIn(t, c, "NTLM", "anna", "guess"); status != 401 {
		t.Errorf("a wrong password: HTTP %d", status)
	}
	if a := connectWithout(t, c); a.status != 401 {
		t.Errorf("after a wrong password: HTTP %d", a.status)
	}
}

// TestExtendedProtection refuses a sign-in that is not bound to the connection.
func TestExtendedProtection(t *testing.T) {
	for protection, want := range map[mapitest.ExtendedProtection]bool{
		mapitest.ProtectionOff: true, mapitest.ProtectionAllow: true, mapitest.ProtectionRequire: false,
	} {
		s := server(t, mapitest.Options{ExtendedProtection: protection})
		c := dial(t, s, "anna", "anna")
		if ok := ntlmSignIn(t, c, "NTLM", "anna", "secret") != 401; ok != want {
			t.Errorf("protection %d without a binding: signed in %v, want %v", protection, ok, want)
		}
	}
}

// TestOffers checks which schemes a 401 names, and that others are refused.
func TestOffers(t *testing.T) {
	s := server(t, mapitest.Options{Auth: []mapitest.AuthScheme{mapitest.AuthNegotiate}})
	c := dial(t, s, "anna", "anna")
	status, offers := leg(t, c, "")
	if status != 401 || len(offers) != 1 || offers[0] != "Negotiate" {
		t.Errorf("HTTP %d offers %v", status, offers)
	}
	if status, _ := leg(t, c, "Basic "+base64.StdEncoding.EncodeToString([]byte("anna:secret"))); status != 401 {
		t.Errorf("Basic, which is not offered: HTTP %d", status)
	}
}

// TestLoginNames signs in by everything that names a user.
func TestLoginNames(t *testing.T) {
	s := server(t)
	for name, want := range map[string]int{"anna": 200, "ANNA": 200, `EXAMPLE\anna`: 200, "anna@example.test": 200, "a.aermel@example.test": 200, "nobody": 401} {
		c := dial(t, s, "anna", "anna")
		c.user = name
		a, err := c.send(frame.Connect, c.connectRequest(), nil)
		if err != nil || a.status != want {
			t.Errorf("%s: HTTP %d (%v), want %d", name, a.status, err, want)
		}
	}
}

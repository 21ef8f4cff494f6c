package auth

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
)

var (
	overTLS = Conn{Host: "mail.example.test", TLS: &tls.ConnectionState{}}
	inClear = Conn{Host: "mail.example.test"}
	cred    = Credentials{User: "user@example.test", Password: NewSecret("pass:wörd")}
)

func begin(t *testing.T, a Authenticator, c Conn) SignIn {
	t.Helper()
	s, err := a.Begin(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSecretIsNeverPrinted(t *testing.T) {
	s := NewSecret("hunter2")
	c := Credentials{User: "u", Password: s}
	var log strings.Builder
	logger := slog.New(slog.NewJSONHandler(&log, nil))
	logger.Info("x", "secret", s, "credentials", c, "pointer", &s)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "secret", s, "credentials", c)
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		fmt.Fprintf(&log, format+format+format, s, c, &s)
	}
	j, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	log.Write(j)
	for _, a := range []Authenticator{NewBasic(c), NewNTLM(c), FirstOffered(NewBasic(c), NewNTLM(c))} {
		fmt.Fprintf(&log, "%v %+v %s", a, a, a.Name())
		fmt.Fprintf(&log, "%+v", begin(t, a, overTLS))
	}
	for _, bad := range []string{"hunter2", "68756e74", "48756E74", "aHVudGVyMg"} {
		if strings.Contains(log.String(), bad) {
			t.Errorf("%q is in %s", bad, log.String())
		}
	}
	if s.Reveal() != "hunter2" || s.IsZero() || !NewSecret("").IsZero() {
		t.Error("the secret itself is lost")
	}
	if err := s.UnmarshalText([]byte("new")); err != nil || s.Reveal() != "new" {
		t.Errorf("read as %q, %v", s.Reveal(), err)
	}
}

func TestBasic(t *testing.T) {
	s := begin(t, NewBasic(cred), overTLS)
	want := "Basic " + base64.StdEncoding.EncodeToString([]byte("user@example.test:pass:wörd"))
	if got, err := s.Header(t.Context()); got != want || err != nil || s.Handshake() {
		t.Errorf("%q, %v", got, err)
	}
	_, err := s.Next(t.Context(), []string{`Basic realm="x"`, "Negotiate"})
	var rejected *RejectedError
	if !errors.As(err, &rejected) || !slices.Equal(rejected.Offered, []string{"Basic", "Negotiate"}) || !strings.Contains(err.Error(), "check user and password") {
		t.Errorf("%v", err)
	}
	if _, err := s.Next(t.Context(), []string{"NTLM"}); !strings.Contains(fmt.Sprint(err), "does not take Basic") {
		t.Errorf("%v", err)
	}
	if _, err := NewBasic(cred).Begin(t.Context(), inClear); !errors.Is(err, ErrNotTLS) {
		t.Errorf("in the clear: %v", err)
	}
	if _, err := NewBasic(Credentials{User: "a:b"}).Begin(t.Context(), overTLS); err == nil {
		t.Error("a user name with a colon is taken")
	}
}

func TestBearer(t *testing.T) {
	n := 0
	a := NewBearer("app", func(_ context.Context, fresh bool) (Secret, error) {
		if n++; n == 3 {
			return Secret{}, errors.New("consent is gone")
		}
		return NewSecret(fmt.Sprintf("t%d%v", n, fresh)), nil
	})
	s := begin(t, a, overTLS)
	if got, err := s.Header(t.Context()); got != "Bearer t1false" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := s.Next(t.Context(), []string{`Bearer client_id="x", error="invalid_token"`}); got != "Bearer t2true" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := s.Header(t.Context()); !strings.Contains(fmt.Sprint(err), "consent is gone") {
		t.Errorf("%v", err)
	}
	var rejected *RejectedError
	if _, err := s.Next(t.Context(), []string{"Basic"}); !errors.As(err, &rejected) {
		t.Errorf("%v", err)
	}
	if _, err := a.Begin(t.Context(), inClear); !errors.Is(err, ErrNotTLS) {
		t.Errorf("in the clear: %v", err)
	}
}

func TestFirstOffered(t *testing.T) {
	n := NewNTLM(Credentials{User: `VM\user`, Password: NewSecret("x")})
	for _, c := range []struct {
		methods []Authenticator
		offered []string
		scheme  string
	}{
		{[]Authenticator{n, NewBasic(cred)}, []string{"Negotiate", "NTLM", "Basic"}, "NTLM"},
		{[]Authenticator{n, NewBasic(cred)}, []string{"Basic realm=x, Negotiate"}, "NTLM"},
		{[]Authenticator{NewBasic(cred), n}, []string{"Negotiate", `basic realm="a, NTLM"`}, "Basic"},
		{[]Authenticator{NewBasic(cred), n}, []string{"NTLM"}, "NTLM"},
		{[]Authenticator{NewBasic(cred)}, []string{"NTLM", "Negotiate"}, ""},
		{[]Authenticator{NewBasic(cred)}, []string{}, ""},
	} {
		s := begin(t, FirstOffered(c.methods...), overTLS)
		if h, err := s.Next(t.Context(), nil); h != "" || err != nil || !s.Handshake() {
			t.Fatalf("the first request carries %q, %v", h, err)
		}
		h, err := s.Next(t.Context(), c.offered)
		scheme, _, _ := strings.Cut(h, " ")
		var rejected *RejectedError
		if scheme != c.scheme || (scheme == "") != errors.As(err, &rejected) {
			t.Errorf("%v offered: %q, %v, want %s", c.offered, h, err, c.scheme)
		}
	}
}

func TestParseChallenges(t *testing.T) {
	for in, want := range map[string][]string{
		`Basic realm="simple"`:                          {"Basic"},
		`Basic realm="a, b=c, Negotiate x", NTLM`:       {"Basic", "NTLM"},
		`Digest realm="x", qop="auth", nonce = "n\", "`: {"Digest"},
		"Negotiate TlRMTVNTUAACAAAA==":                  {"Negotiate"},
		"NTLM,Negotiate , Basic realm=x":                {"NTLM", "Negotiate", "Basic"},
		"":                                              nil,
		",,":                                            nil,
		`"`:                                             {`"`},
	} {
		if got := schemes(parseChallenges([]string{in})); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
	if c := parseChallenges([]string{"Negotiate TlRM=="}); c[0].rest != "TlRM==" {
		t.Errorf("%+v", c)
	}
}

package mapihttp

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient/auth"
)

// An ntlmFront stands before a fake and signs connections in, as IIS does. It
// does not check passwords.
type ntlmFront struct {
	mu sync.Mutex
	// state by remote address: 1 is challenged, 2 signed in.
	state map[string]int
	// early counts bodies that came on a connection that was not signed in.
	early int
	// legs counts requests of sign-ins.
	legs int
	// refuse answers every AUTHENTICATE_MESSAGE with 401; hangUp closes with each 401.
	refuse, hangUp bool
	// scheme is what it offers and answers under.
	scheme string
}

func (n *ntlmFront) serve(w http.ResponseWriter, r *http.Request, body []byte) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	msg, _ := base64.StdEncoding.DecodeString(token)
	signedIn := n.state[r.RemoteAddr] == 2
	if signedIn && scheme == "" {
		return false
	}
	if n.legs++; len(body) > 0 {
		n.early++
	}
	switch {
	case scheme != "NTLM" && scheme != "Negotiate" || len(msg) < 12:
		n.unauthorized(w, n.scheme)
	case msg[8] == 1:
		n.state[r.RemoteAddr] = 1
		n.unauthorized(w, n.scheme+" "+base64.StdEncoding.EncodeToString(challengeMessage()))
	case msg[8] == 3 && n.state[r.RemoteAddr] == 1 && !n.refuse:
		n.state[r.RemoteAddr] = 2
		w.Header().Set("Persistent-Auth", "true")
		return false
	default:
		n.state[r.RemoteAddr] = 0
		n.unauthorized(w, n.scheme)
	}
	return true
}

func (n *ntlmFront) unauthorized(w http.ResponseWriter, challenge string) {
	w.Header().Add("WWW-Authenticate", challenge)
	w.Header().Add("WWW-Authenticate", `Basic realm="mail"`)
	if n.hangUp {
		w.Header().Set("Connection", "close")
	}
	w.WriteHeader(http.StatusUnauthorized)
	_, _ = w.Write([]byte("<html>401</html>"))
}

// challengeMessage is the least a CHALLENGE_MESSAGE has.
func challengeMessage() []byte {
	b := make([]byte, 56)
	copy(b, "NTLMSSP\x00\x02")
	b[20], b[22] = 1, 8 // Unicode, extended session security
	return b
}

func newNTLM(t *testing.T, scheme string) (*fake, *ntlmFront, Config) {
	f, n := newFake(t), &ntlmFront{state: map[string]int{}, scheme: scheme}
	f.setFault(n.serve)
	c := f.config()
	c.Auth = auth.NewNTLM(auth.Credentials{User: `VM\user`, Password: auth.NewSecret("secret")})
	return f, n, c
}

// TestNTLMSignsTheConnectionIn shows that no body travels before the sign-in,
// that it is done once a connection, and that one connection serves all requests.
func TestNTLMSignsTheConnectionIn(t *testing.T) {
	for _, scheme := range []string{"NTLM", "Negotiate"} {
		t.Run(scheme, func(t *testing.T) {
			f, n, c := newNTLM(t, scheme)
			x := f.connect(c)
			for range 5 {
				exec(t, x, "mail")
			}
			if f.connections() != 1 || n.legs != 2 || n.early != 0 {
				t.Errorf("%d connections, %d requests to sign in, %d bodies too early", f.connections(), n.legs, n.early)
			}
			for _, r := range f.all()[:2] {
				if r.kind != "PING" || len(r.body) != 0 || r.header.Get("Content-Length") != "0" {
					t.Errorf("signing in by %s with a body of %d bytes, Content-Length %q", r.kind, len(r.body), r.header.Get("Content-Length"))
				}
			}
			for _, r := range f.all()[2:] {
				if r.header.Get("Authorization") != "" || r.remote != f.all()[0].remote {
					t.Errorf("%s with Authorization %q from %s", r.kind, r.header.Get("Authorization"), r.remote)
				}
			}
		})
	}
}

// TestNTLMTwoLanes signs the lane of NotificationWait in for itself.
func TestNTLMTwoLanes(t *testing.T) {
	f, n, c := newNTLM(t, "NTLM")
	tell := make(chan struct{})
	f.wait = func(context.Context) bool { <-tell; return true }
	x := f.connect(c)
	done := make(chan error, 1)
	go func() {
		_, err := x.NotificationWait(t.Context())
		done <- err
	}()
	for f.count("NotificationWait") == 0 {
		time.Sleep(time.Millisecond)
	}
	exec(t, x, "beside it")
	close(tell)
	if err := <-done; err != nil {
		t.Error(err)
	}
	if f.connections() != 2 || n.legs != 4 || n.early != 0 {
		t.Errorf("%d connections, %d requests to sign in, %d bodies too early", f.connections(), n.legs, n.early)
	}
}

// TestNTLMForgotten has the server forget a sign-in: the request was refused,
// so it goes once more on a connection that is signed in.
func TestNTLMForgotten(t *testing.T) {
	f, n, c := newNTLM(t, "NTLM")
	x := f.connect(c)
	exec(t, x, "one")
	n.mu.Lock()
	n.state = map[string]int{}
	n.mu.Unlock()
	exec(t, x, "two")
	if f.ran() != "one,two" || f.connections() != 2 || n.legs != 5 {
		t.Errorf("executed %s, %d connections, %d requests to sign in", f.ran(), f.connections(), n.legs)
	}
	// Refused for good: the request was not executed and the context stands.
	n.mu.Lock()
	n.state, n.refuse = map[string]int{}, true
	n.mu.Unlock()
	_, err := x.Execute(t.Context(), []byte("three"), ExecuteOptions{})
	var rejected *auth.RejectedError
	if !errors.As(err, &rejected) || x.Lost() != nil || f.ran() != "one,two" {
		t.Errorf("%v, lost %v, executed %s", err, x.Lost(), f.ran())
	}
}

// TestNTLMNewConnection shows that a connection that was closed is signed in anew.
func TestNTLMNewConnection(t *testing.T) {
	f, n, c := newNTLM(t, "NTLM")
	x := f.connect(c)
	n.mu.Lock()
	n.legs = 0
	n.mu.Unlock()
	x.client.lanes.mu.Lock()
	for _, l := range x.client.lanes.idle {
		l.Close()
	}
	x.client.lanes.mu.Unlock()
	exec(t, x, "mail")
	if n.legs != 2 || n.early != 0 {
		t.Errorf("%d requests to sign in, %d bodies too early", n.legs, n.early)
	}
}

// TestSignInRefused ends soon, whatever the server does, and shows no body.
func TestSignInRefused(t *testing.T) {
	basic := auth.NewBasic(auth.Credentials{User: "user", Password: auth.NewSecret("secret")})
	for name, c := range map[string]struct {
		set  func(*fake, *ntlmFront, *Config)
		legs int
		want string
	}{
		"wrong password":      {func(_ *fake, n *ntlmFront, _ *Config) { n.refuse = true }, 2, "check user and password"},
		"closed half-way":     {func(_ *fake, n *ntlmFront, _ *Config) { n.hangUp = true }, 1, "half-way"},
		"Basic not offered":   {func(_ *fake, _ *ntlmFront, c *Config) { c.Auth = auth.FirstOffered(auth.NewBearer("x", nil)) }, 1, "none of the schemes"},
		"answer 503":          {answerAlways(503), 0, "HTTP 503 (the server is busy or down"},
		"redirect":            {answerAlways(302), 0, "HTTP 302 pointing to"},
		"endless challenges":  {endlessChallenges, 0, "check user and password"},
		"damaged challenge":   {badChallenge("AAAA"), 0, "malformed CHALLENGE_MESSAGE"},
		"challenge no base64": {badChallenge("%%%"), 0, "illegal base64"},
		"Basic after asking":  {func(_ *fake, n *ntlmFront, c *Config) { c.Auth = auth.FirstOffered(basic) }, 2, "check user and password"},
	} {
		t.Run(name, func(t *testing.T) {
			f, n, config := newNTLM(t, "NTLM")
			c.set(f, n, &config)
			_, err := f.client(config).Connect(t.Context(), "/o=A", ConnectOptions{})
			var unsent *SendError
			if !errors.As(err, &unsent) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want a *SendError with %q", err, c.want)
			}
			if n.legs != c.legs || n.early != 0 || f.count("Connect") != 0 || len(f.all()) > maxLegs {
				t.Errorf("%d requests to sign in, %d bodies too early, %d Connects, %d requests", n.legs, n.early, f.count("Connect"), len(f.all()))
			}
		})
	}
}

func answerAlways(status int) func(*fake, *ntlmFront, *Config) {
	return func(f *fake, _ *ntlmFront, _ *Config) {
		f.setFault(func(w http.ResponseWriter, _ *http.Request, _ []byte) bool {
			if status == http.StatusFound {
				w.Header().Set("Location", "https://elsewhere.example.test/")
			}
			w.WriteHeader(status)
			return true
		})
	}
}

func endlessChallenges(f *fake, _ *ntlmFront, _ *Config) {
	badChallenge(base64.StdEncoding.EncodeToString(challengeMessage()))(f, nil, nil)
}

func badChallenge(token string) func(*fake, *ntlmFront, *Config) {
	return func(f *fake, _ *ntlmFront, _ *Config) {
		f.setFault(func(w http.ResponseWriter, _ *http.Request, _ []byte) bool {
			w.Header().Set("WWW-Authenticate", "NTLM "+token)
			w.WriteHeader(http.StatusUnauthorized)
			return true
		})
	}
}

// TestFirstOfferedReconnects goes on where the server closes the connection
// after a request without credentials.
func TestFirstOfferedReconnects(t *testing.T) {
	f := newFake(t)
	f.setFault(func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
		if r.Header.Get("Authorization") != "" {
			return false
		}
		w.Header().Set("WWW-Authenticate", "Basic")
		w.Header().Set("Connection", "close")
		w.WriteHeader(http.StatusUnauthorized)
		return true
	})
	c := f.config()
	c.Auth = auth.FirstOffered(c.Auth)
	x := f.connect(c)
	exec(t, x, "mail")
	if f.ran() != "mail" || f.connections() != 2 {
		t.Errorf("executed %s over %d connections", f.ran(), f.connections())
	}
}

package mapihttp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/frame"
)

// maxLegs is how many requests a sign-in may take. Kerberos needs two, NTLM
// three, asking first one more.
const maxLegs = 6

// maxDrain is how much of an unwanted body is read to keep a connection.
const maxDrain = 64 * 1024

// authenticate signs the connection in with POSTs that have no body, so that
// no mail travels before the server has said that it will take it.
func (l *Lane) authenticate(ctx context.Context, u *url.URL) error {
	conn := auth.Conn{Host: u.Hostname()}
	if tc, ok := l.conn.Conn.(*tls.Conn); ok {
		state := tc.ConnectionState()
		conn.TLS = &state
	}
	if l.auth == nil {
		return nil
	}
	var err error
	if l.signIn, err = l.auth.Begin(ctx, conn); err != nil {
		return err
	}
	if !l.signIn.Handshake() {
		return nil
	}
	return l.handshake(ctx, u)
}

func (l *Lane) handshake(ctx context.Context, u *url.URL) error {
	r := &Request{Method: http.MethodPost, URL: u, Header: http.Header{
		"Content-Type":          {frame.ContentType},
		frame.HeaderRequestType: {string(frame.Ping)},
	}}
	var challenges []string
	for range maxLegs {
		authorization, err := l.signIn.Next(ctx, challenges)
		if err != nil {
			return err
		}
		resp, err := l.do(ctx, r, authorization)
		if err != nil {
			return fmt.Errorf("signing in to %s with %s: %w", l.host, l.auth.Name(), err)
		}
		if resp.StatusCode != http.StatusUnauthorized {
			return l.signedIn(resp)
		}
		drain(resp.Body)
		challenges = append([]string{}, resp.Header.Values("WWW-Authenticate")...)
		if l.broken {
			if err := l.redial(ctx, u, authorization); err != nil {
				return err
			}
		}
	}
	return fmt.Errorf("signing in to %s with %s: still refused after %d requests", l.host, l.auth.Name(), maxLegs)
}

// signedIn looks at an answer other than 401. When the sign-in was complete it
// proves that it worked, whatever the server thinks of an empty request.
func (l *Lane) signedIn(resp *http.Response) error {
	if l.signIn.Handshake() && resp.StatusCode >= 300 {
		defer drain(resp.Body)
		return newHTTPError("signing in", l.host, resp)
	}
	drain(resp.Body)
	if l.broken {
		return fmt.Errorf("signing in to %s with %s: %w", l.host, l.auth.Name(), errClosedAfterSignIn)
	}
	return nil
}

var errClosedAfterSignIn = errors.New("the server closes the connection after the sign-in, so that it cannot hold")

// redial goes on with a fresh connection where the server closed the old one
// after a request without credentials, which nothing has been signed in by.
func (l *Lane) redial(ctx context.Context, u *url.URL, authorization string) error {
	if authorization != "" {
		// The scheme may not need the connection; if it does, it will be refused.
		if !l.signIn.Handshake() {
			return nil
		}
		return fmt.Errorf("signing in to %s with %s: the server closed the connection half-way", l.host, l.auth.Name())
	}
	l.broken = false
	return l.dial(ctx, u)
}

// drain reads a body to its end, within bounds, and closes it.
func drain(body io.ReadCloser) {
	_, _ = io.CopyN(io.Discard, body, maxDrain)
	_ = body.Close()
}

package autodiscover

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/mapigate/mapigate/mapiclient/auth"
)

// request asks one place: without credentials first, then with them if the
// server wants them and may have them.
func (s *search) request(ctx context.Context, p place) (*Response, error) {
	u, err := url.Parse(p.url)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Scheme != "https" && p.kind != hintKind {
		return nil, fmt.Errorf("%q is not an https URL", clip(p.url))
	}
	if p.kind == hintKind {
		return s.hint(ctx, u)
	}
	if p.foreign && !s.allowed(u.Hostname()) {
		return nil, fmt.Errorf("%s was not asked: allow it in the configuration if it is yours", u.Hostname())
	}
	if p.kind == jsonKind {
		return s.version2(ctx, u)
	}
	r, got, err := s.post(ctx, u, nil)
	if got.status != http.StatusUnauthorized {
		return r, err
	}
	a, err := s.signIn(p, u, got.header.Values("WWW-Authenticate"))
	if err != nil {
		return nil, err
	}
	r, got, err = s.post(ctx, u, a)
	if got.status == http.StatusUnauthorized {
		return nil, &auth.RejectedError{Name: a.Name(), Host: u.Host, Offered: auth.Offered(got.header.Values("WWW-Authenticate"))}
	}
	return r, err
}

// signIn gives what to sign in with to a place that answered with these challenges.
func (s *search) signIn(p place, u *url.URL, challenges []string) (auth.Authenticator, error) {
	switch {
	case !s.allowed(u.Hostname()):
		return nil, fmt.Errorf("it wants a sign-in, and the configuration does not allow credentials for %s", u.Hostname())
	case s.config.Auth == nil:
		return nil, errors.New("it wants a sign-in, and none is configured")
	}
	a := auth.Except(s.config.Auth, p.never...)
	if a == nil {
		return nil, errors.New("it wants a sign-in, and no scheme is configured that would not show it a password")
	}
	if !auth.Answers(a, challenges) {
		return nil, fmt.Errorf("it wants a sign-in by %s, and only %s may be tried there",
			clip(strings.Join(auth.Offered(challenges), ", ")), a.Name())
	}
	return a, nil
}

// An answered is an answer without its body.
type answered struct {
	status int
	header http.Header
}

// post sends the question and gives the answer.
func (s *search) post(ctx context.Context, u *url.URL, a auth.Authenticator) (*Response, answered, error) {
	body := AppendRequest(nil, s.address, s.legacyDN)
	req := &http.Request{Method: http.MethodPost, URL: u, Host: u.Host,
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
		Header: http.Header{
			"Content-Type": {"text/xml; charset=utf-8"},
			"Accept":       {"text/xml"},
			// Without it the answer has no mapiHttp block. [MS-OXDSCLI] 2.2.2.1
			"X-MapiHttpCapability": {"1"},
			// [MS-OXDSCLI] 2.2.2.2
			"X-AnchorMailbox": {s.address},
		}}
	got, answer, err := s.exchange(ctx, req, a)
	if err != nil {
		return nil, got, err
	}
	switch {
	case got.status/100 == 3:
		r, err := redirect(u, got)
		return r, got, err
	case got.status != http.StatusOK:
		return nil, got, fmt.Errorf("it answers HTTP %d", got.status)
	}
	r, err := ParseResponse(answer)
	if err == nil && r.Refusal != nil {
		err = r.Refusal
	}
	return r, got, err
}

// hint asks plain HTTP, which may only answer with a redirect. [MS-OXDISCO] 3.1.5.4
func (s *search) hint(ctx context.Context, u *url.URL) (*Response, error) {
	req := &http.Request{Method: http.MethodGet, URL: u, Host: u.Host, Header: http.Header{}}
	got, _, err := s.exchange(ctx, req, nil)
	if err != nil {
		return nil, err
	}
	if got.status/100 != 3 {
		return nil, fmt.Errorf("it answers HTTP %d instead of a redirect", got.status)
	}
	return redirect(u, got)
}

func redirect(u *url.URL, got answered) (*Response, error) {
	location := got.header.Get("Location")
	to, err := u.Parse(location)
	if location == "" || err != nil {
		return nil, fmt.Errorf("it answers HTTP %d with Location %q", got.status, clip(location))
	}
	return &Response{RedirectURL: to.String()}, nil
}

// exchange makes one request on a connection of its own.
func (s *search) exchange(ctx context.Context, req *http.Request, a auth.Authenticator) (answered, []byte, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, s.config.Timeout, fmt.Errorf("no answer within %v", s.config.Timeout))
	defer cancel()
	carrier := s.config.Connect(req.URL, a)
	defer carrier.Close()
	resp, err := carrier.RoundTrip(req.WithContext(ctx))
	if err != nil {
		return answered{}, nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, MaxResponse+1))
	return answered{resp.StatusCode, resp.Header}, body, err
}

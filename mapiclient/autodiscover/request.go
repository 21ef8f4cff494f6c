package autodiscover

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/mapigate/mapigate/mapiclient/auth"
)

// request asks one place: without credentials first, then with them if the
// server wants them and may have them.
func (s *search) request(ctx context.Context, p place) (*Response, error) {
	u, err := url.Parse(p.url)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Scheme != "https" && !p.hint {
		return nil, fmt.Errorf("%q is not an https URL", clip(p.url))
	}
	if p.hint {
		return s.hint(ctx, u)
	}
	if p.foreign && !s.allowed(u.Hostname()) {
		return nil, fmt.Errorf("%s was not asked: allow it in the configuration if it is yours", u.Hostname())
	}
	r, status, err := s.post(ctx, u, nil)
	if status != http.StatusUnauthorized {
		return r, err
	}
	a := s.config.Auth
	if p.cautious {
		a = s.config.CautiousAuth
	}
	switch {
	case !s.allowed(u.Hostname()):
		return nil, fmt.Errorf("it wants a sign-in, and the configuration does not allow credentials for %s", u.Hostname())
	case a == nil && p.cautious:
		return nil, errors.New("it wants a sign-in, and no scheme is configured that would not show it a password")
	case a == nil:
		return nil, errors.New("it wants a sign-in, and none is configured")
	}
	r, status, err = s.post(ctx, u, a)
	if status == http.StatusUnauthorized {
		return nil, &auth.RejectedError{Name: a.Name(), Host: u.Host}
	}
	return r, err
}

// post sends the question and gives the answer and its status.
func (s *search) post(ctx context.Context, u *url.URL, a auth.Authenticator) (*Response, int, error) {
	body := AppendRequest(nil, s.address, "")
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
	status, header, answer, err := s.exchange(ctx, req, a)
	if err != nil {
		return nil, status, err
	}
	switch {
	case status/100 == 3:
		return redirect(u, status, header)
	case status != http.StatusOK:
		return nil, status, fmt.Errorf("it answers HTTP %d", status)
	}
	r, err := ParseResponse(answer)
	if err == nil && r.Refusal != nil {
		err = r.Refusal
	}
	return r, status, err
}

// hint asks plain HTTP, which may only answer with a redirect. [MS-OXDISCO] 3.1.5.4
func (s *search) hint(ctx context.Context, u *url.URL) (*Response, error) {
	req := &http.Request{Method: http.MethodGet, URL: u, Host: u.Host, Header: http.Header{}}
	status, header, _, err := s.exchange(ctx, req, nil)
	if err != nil {
		return nil, err
	}
	if status/100 != 3 {
		return nil, fmt.Errorf("it answers HTTP %d instead of a redirect", status)
	}
	r, _, err := redirect(u, status, header)
	return r, err
}

func redirect(u *url.URL, status int, header http.Header) (*Response, int, error) {
	to, err := u.Parse(header.Get("Location"))
	if header.Get("Location") == "" || err != nil {
		return nil, status, fmt.Errorf("it answers HTTP %d with Location %q", status, clip(header.Get("Location")))
	}
	return &Response{RedirectURL: to.String()}, status, nil
}

// exchange makes one request on a connection of its own.
func (s *search) exchange(ctx context.Context, req *http.Request, a auth.Authenticator) (int, http.Header, []byte, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, s.config.Timeout, fmt.Errorf("no answer within %v", s.config.Timeout))
	defer cancel()
	carrier := s.config.Connect(req.URL, a)
	defer carrier.Close()
	resp, err := carrier.RoundTrip(req.WithContext(ctx))
	if err != nil {
		return 0, nil, nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, MaxResponse+1))
	return resp.StatusCode, resp.Header, answer, err
}

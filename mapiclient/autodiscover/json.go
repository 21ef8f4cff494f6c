package autodiscover

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// jsonPath is where version 2 of Autodiscover answers. It tells no endpoints of
// MAPI over HTTP, but where the version that does is to be asked, and to anybody:
// it is asked without credentials.
const jsonPath = "/autodiscover/autodiscover.json"

// kindOf tells how a URL that is not plain HTTP is to be asked.
func kindOf(s string) kind {
	if u, err := url.Parse(s); err == nil && strings.HasSuffix(strings.ToLower(u.Path), "/autodiscover.json") {
		return jsonKind
	}
	return poxKind
}

// byJSON asks version 2 where the other places had no answer.
func (s *search) byJSON(ctx context.Context, domain string) (*Settings, string, error) {
	for _, host := range []string{"autodiscover." + domain, domain} {
		settings, next, err := s.ask(ctx, place{url: "https://" + host + jsonPath, kind: jsonKind})
		if settings != nil || next != "" || err != nil {
			return settings, next, err
		}
	}
	return nil, "", nil
}

// version2 asks one place for the URL of version 1.
func (s *search) version2(ctx context.Context, u *url.URL) (*Response, error) {
	at := *u
	at.RawQuery = url.Values{"Email": {s.address}, "Protocol": {"AutodiscoverV1"}}.Encode()
	req := &http.Request{Method: http.MethodGet, URL: &at, Host: at.Host, Header: http.Header{"Accept": {"application/json"}}}
	got, body, err := s.exchange(ctx, req, nil)
	switch {
	case err != nil:
		return nil, err
	case got.status/100 == 3:
		return redirect(&at, got)
	}
	var answer struct{ URL, ErrorCode, ErrorMessage string }
	err = json.Unmarshal(body, &answer)
	switch {
	case err == nil && answer.ErrorCode != "":
		return nil, &ServerError{Code: clip(answer.ErrorCode), Message: clip(answer.ErrorMessage)}
	case got.status != http.StatusOK:
		return nil, fmt.Errorf("it answers HTTP %d", got.status)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrResponse, err)
	case answer.URL == "":
		return nil, fmt.Errorf("%w: it names no URL", ErrResponse)
	case kindOf(answer.URL) == jsonKind:
		return nil, errors.New("it names itself")
	}
	return &Response{RedirectURL: answer.URL}, nil
}

package autodiscover

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/auth"
)

// A world is what each URL answers. It keeps a log of the questions:
// METHOD URL, and the credentials' name in brackets.
type world struct {
	t       *testing.T
	answers map[string]func(a auth.Authenticator, body string) *http.Response
	log     []string
	open    int
}

type carrier struct {
	*world
	origin *url.URL
	auth   auth.Authenticator
}

func (w *world) connect(u *url.URL, a auth.Authenticator) Carrier {
	w.open++
	return &carrier{w, u, a}
}

func (c *carrier) Close() { c.open-- }

func (c *carrier) RoundTrip(r *http.Request) (*http.Response, error) {
	line := r.Method + " " + r.URL.String()
	if c.auth != nil {
		line += " [" + c.auth.Name() + "]"
	}
	c.log = append(c.log, line)
	if r.URL.Scheme == "http" && (c.auth != nil || r.Body != nil) {
		c.t.Errorf("%s has a body or credentials", line)
	}
	body := ""
	if r.Body != nil {
		b, _ := io.ReadAll(r.Body)
		body = string(b)
		const capability = "X-MapiHttpCapability" // as the specification spells it
		if values := map[string][]string(r.Header); !slices.Equal(values[capability], []string{"1"}) || !strings.HasPrefix(r.Header.Get("Content-Type"), "text/xml") {
			c.t.Errorf("%s with headers %v", line, r.Header)
		}
	}
	answer := c.answers[r.URL.String()]
	if answer == nil {
		return nil, errors.New("no such host")
	}
	resp := answer(c.auth, body)
	if resp == nil {
		return nil, &auth.RejectedError{Name: c.auth.Name(), Host: r.URL.Host}
	}
	return resp, nil
}

func status(code int, header http.Header, body string) *http.Response {
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{StatusCode: code, Header: header, Body: io.NopCloser(strings.NewReader(body))}
}

// always answers the same with and without credentials.
func always(code int, body string) func(auth.Authenticator, string) *http.Response {
	return func(auth.Authenticator, string) *http.Response { return status(code, nil, body) }
}

func redirectTo(to string) func(auth.Authenticator, string) *http.Response {
	return func(auth.Authenticator, string) *http.Response {
		return status(302, http.Header{"Location": {to}}, "")
	}
}

// signedIn answers 401 first.
func signedIn(body string) func(auth.Authenticator, string) *http.Response {
	return offers(body, "NTLM", "Basic")
}

// offers answers 401 first, with these schemes.
func offers(body string, schemes ...string) func(auth.Authenticator, string) *http.Response {
	return func(a auth.Authenticator, _ string) *http.Response {
		if a == nil {
			return status(401, http.Header{"Www-Authenticate": schemes}, "")
		}
		return status(200, nil, body)
	}
}

// rejects refuses the credentials.
func rejects(a auth.Authenticator, _ string) *http.Response {
	if a == nil {
		return status(401, nil, "")
	}
	return nil
}

func account(inside string) string {
	return `<?xml version="1.0" encoding="utf-8"?><Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006">` +
		`<Response xmlns="` + responseSchema + `"><User><DisplayName>Ann</DisplayName><LegacyDN>/o=A/cn=ann</LegacyDN></User><Account>` + inside + `</Account></Response></Autodiscover>`
}

func settings(host string) string {
	return account(`<AccountType>email</AccountType><Action>settings</Action><Protocol><Type>EXCH</Type></Protocol>` +
		`<Protocol Type="mapiHttp" Version="1"><MailStore><ExternalUrl>https://` + host + `/mapi/emsmdb/?MailboxId=1@a.test</ExternalUrl></MailStore>` +
		`<AddressBook><ExternalUrl>https://` + host + `/mapi/nspi/?MailboxId=1@a.test</ExternalUrl></AddressBook></Protocol>`)
}

const (
	bare     = "https://a.test/autodiscover/autodiscover.xml"
	named    = "https://autodiscover.a.test/autodiscover/autodiscover.xml"
	plain    = "http://autodiscover.a.test/autodiscover/autodiscover.xml"
	hoster   = "https://mail.hoster.test/autodiscover/autodiscover.xml"
	insecure = "http://mail.hoster.test/autodiscover/autodiscover.xml"

	asked     = "/autodiscover/autodiscover.json?Email=ann%40a.test&Protocol=AutodiscoverV1"
	jsonNamed = "GET https://autodiscover.a.test" + asked
	jsonBare  = "GET https://a.test" + asked
)

func TestFind(t *testing.T) {
	password := auth.NewBasic(auth.Credentials{User: "ann", Password: auth.NewSecret("x")})
	ntlm := auth.NewNTLM(auth.Credentials{User: "ann", Password: auth.NewSecret("x")})
	token := auth.NewBearer("app", nil)
	both, tokenOrPassword := auth.FirstOffered(ntlm, password), auth.FirstOffered(token, password)
	basic, cautious, bearer := " ["+password.Name()+"]", " ["+ntlm.Name()+"]", " ["+token.Name()+"]"
	allow := func(hosts ...string) func(string) bool {
		return func(h string) bool { return slices.Contains(hosts, h) }
	}
	srv := func(target string, port uint16) func(context.Context, string) ([]*net.SRV, error) {
		return func(_ context.Context, domain string) ([]*net.SRV, error) {
			if domain != "a.test" {
				return nil, fmt.Errorf("asked for %s", domain)
			}
			return []*net.SRV{{Target: target, Port: port}}, nil
		}
	}
	for name, c := range map[string]struct {
		answers map[string]func(auth.Authenticator, string) *http.Response
		config  Config
		log     []string
		source  string
		err     string
	}{
		"second place": {
			answers: map[string]func(auth.Authenticator, string) *http.Response{named: signedIn(settings("mail.a.test"))},
			log:     []string{"POST " + bare, "POST " + named, "POST " + named + basic}, source: named,
		},
		"bare domain gets no password": {
			answers: map[string]func(auth.Authenticator, string) *http.Response{bare: signedIn(settings("mail.a.test")), named: signedIn(settings("mail.a.test"))},
			log:     []string{"POST " + bare, "POST " + named, "POST " + named + basic}, source: named,
		},
		"bare domain with NTLM": {
			answers: map[string]func(auth.Authenticator, string) *http.Response{bare: signedIn(settings("mail.a.test"))},
			config:  Config{Auth: both},
			log:     []string{"POST " + bare, "POST " + bare + cautious}, source: bare,
		},
		"web site on the bare domain": {
			answers: map[string]func(auth.Authenticator, string) *http.Response{bare: always(200, "<html><body>Welcome</body></html>"), named: signedIn(settings("mail.a.test"))},
			log:     []string{"POST " + bare, "POST " + named, "POST " + named + basic}, source: named,
		},
		"answer without a sign-in": {
			answers: map[string]func(auth.Authenticator, string) *http.Response{named: always(200, settings("mail.a.test"))},
			log:     []string{"POST " + bare, "POST " + named}, source: named,
		},
		"plain HTTP redirects": {
			answers: map[string]func(auth.Authenticator, string) *http.Response{plain: redirectTo(hoster), hoster: signedIn(settings("mail.hoster.test"))},
			config:  Config{Auth: both, AllowHost: allow("mail.hoster.test")},
			log:     []string{"POST " + bare, "POST " + named, "GET " + plain, "POST " + hoster, "POST " + hoster + cautious}, source: hoster,
		},
		"redirected host not allowed": {
			answers: map[string]func(auth.Authenticator, string) *http.Response{plain: redirectTo(hoster), hoster: signedIn(settings("mail.hoster.test"))},
			config:  Config{Auth: both},
			log:     []string{"POST " + bare, "POST " + named, "GET " + plain, jsonNamed, jsonBare}, err: "mail.hoster.test was not asked",
		},
		"redirected host gets no password": {
			answers: map[string]func(auth.Authenticator, string) *http.Response{named: redirectTo(hoster), hoster: signedIn(settings("mail.hoster.test"))},
			config:  Config{AllowHost: allow("mail.hoster.test")},
			log:     []string{"POST " + bare, "POST " + named, "POST " + hoster, "GET " + plain, jsonNamed, jsonBare}, err: "no scheme is configured that would not show it a password",
		},
		"redirect to plain HTTP": {
			answers: map[string]func(auth.Authenticator, string) *http.Response{named: redirectTo(insecure), insecure: always(200, settings("mail.a.test"))},
			log:     []string{"POST " + bare, "POST " + named, "GET " + plain, jsonNamed, jsonBare}, err: "which is not https",
		},
		"redirect in a circle": {
			answers: map[string]func(auth.Authenticator, string) *http.Response{bare: redirectTo(hoster), hoster: redirectTo(bare)},
			config:  Config{AllowHost: allow("mail.hoster.test", "a.test")},
			log:     []string{"POST " + bare, "POST " + hoster, "POST " + named, "GET " + plain, jsonNamed, jsonBare}, err: "in a circle",
		},
		"redirectUrl": {
			answers: map[string]func(auth.Authenticator, string) *http.Response{
				named:  signedIn(account("<Action>redirectUrl</Action><RedirectUrl>" + hoster + "</RedirectUrl>")),
				hoster: always(200, settings("mail.hoster.test"))},
			config: Config{AllowHost: allow("mail.hoster.test", "autodiscover.a.test")},
			log:    []string{"POST " + bare, "POST " + named, "POST " + named + basic, "POST " + hoster}, source: hoster,
		},
		"redirectAddr": {
			answers: map[string]func(auth.Authenticator, string) *http.Response{
				named: signedIn(account("<Action>redirectAddr</Action><RedirectAddr>ann@b.a.test</RedirectAddr>")),
				"https://b.a.test/autodiscover/autodiscover.xml": func(_ auth.Authenticator, body string) *http.Response {
					if !strings.Contains(body, "<EMailAddress>ann@b.a.test</EMailAddress>") {
						t.Errorf("asked %s", body)
					}
					return status(200, nil, settings("mail.a.test"))
				}},
			log:    []string{"POST " + bare, "POST " + named, "POST " + named + basic, "POST https://b.a.test/autodiscover/autodiscover.xml"},
			source: "https://b.a.test/autodiscover/autodiscover.xml",
		},
		"redirectAddr elsewhere": {
			answers: map[string]func(auth.Authenticator, string) *http.Response{
				named: signedIn(account("<Action>redirectAddr</Action><RedirectAddr>ann@hoster.test</RedirectAddr>"))},
			log: []string{"POST " + bare, "POST " + named, "POST " + named + basic}, err: "autodiscover.hoster.test was not asked",
		},
		"not allowed at home": {
			answers: map[string]func(auth.Authenticator, string) *http.Response{named: signedIn(settings("mail.a.test"))},
			config:  Config{AllowHost: allow("mail.a.test")},
			log:     []string{"POST " + bare, "POST " + named, "GET " + plain, jsonNamed, jsonBare}, err: "does not allow credentials for autodiscover.a.test",
		},
		"redirectAddr to itself": {
			answers: map[string]func(auth.Authenticator, string) *http.Response{
				named: always(200, account("<Action>redirectAddr</Action><RedirectAddr>ann@a.test</RedirectAddr>"))},
			log: []string{"POST " + bare, "POST " + named, "GET " + plain, jsonNamed, jsonBare}, err: "points to the address ann@a.test",
		},
		"SRV": {
			answers: map[string]func(auth.Authenticator, string) *http.Response{
				"https://mx.a.test:8443/autodiscover/autodiscover.xml": signedIn(settings("mail.a.test"))},
			config: Config{Auth: both, LookupSRV: srv("mx.a.test.", 8443)},
			log: []string{"POST " + bare, "POST " + named, "GET " + plain, "POST https://mx.a.test:8443/autodiscover/autodiscover.xml",
				"POST https://mx.a.test:8443/autodiscover/autodiscover.xml" + cautious},
			source: "https://mx.a.test:8443/autodiscover/autodiscover.xml",
		},
		"SRV gets no password": {
			answers: map[string]func(auth.Authenticator, string) *http.Response{
				"https://mx.a.test/autodiscover/autodiscover.xml": signedIn(settings("mail.a.test"))},
			config: Config{LookupSRV: srv("mx.a.test.", 443)},
			log:    []string{"POST " + bare, "POST " + named, "GET " + plain, "POST https://mx.a.test/autodiscover/autodiscover.xml", jsonNamed, jsonBare},
			err:    "no scheme is configured that would not show it a password",
		},
		"a host that takes passwords only gets no handshake": {
			answers: map[string]func(auth.Authenticator, string) *http.Response{
				bare: func(auth.Authenticator, string) *http.Response {
					return status(401, http.Header{"Www-Authenticate": {"Basic"}}, "")
				},
				named: signedIn(settings("mail.a.test"))},
			config: Config{Auth: ntlm},
			log:    []string{"POST " + bare, "POST " + named, "POST " + named + cautious}, source: named,
		},
		"bare domain gets no token": {
			answers: map[string]func(auth.Authenticator, string) *http.Response{bare: offers(settings("mail.a.test"), "Bearer"), named: offers(settings("mail.a.test"), "Bearer")},
			config:  Config{Auth: token},
			log:     []string{"POST " + bare, "POST " + named, "POST " + named + bearer}, source: named,
		},
		"token behind a redirect": {
			answers: map[string]func(auth.Authenticator, string) *http.Response{named: redirectTo(hoster), hoster: offers(settings("mail.hoster.test"), "Bearer", "Basic")},
			config:  Config{Auth: tokenOrPassword, AllowHost: allow("mail.hoster.test")},
			log:     []string{"POST " + bare, "POST " + named, "POST " + hoster, "POST " + hoster + bearer}, source: hoster,
		},
		"version 2": {
			answers: map[string]func(auth.Authenticator, string) *http.Response{
				jsonNamed[4:]: always(200, `{"Protocol":"AutodiscoverV1","Url":"`+hoster+`"}`), hoster: signedIn(settings("mail.hoster.test"))},
			config: Config{Auth: both, AllowHost: allow("mail.hoster.test")},
			log:    []string{"POST " + bare, "POST " + named, "GET " + plain, jsonNamed, "POST " + hoster, "POST " + hoster + cautious}, source: hoster,
		},
		"version 2 names a host that is not allowed": {
			answers: map[string]func(auth.Authenticator, string) *http.Response{
				jsonNamed[4:]: always(200, `{"Url":"`+hoster+`"}`), hoster: signedIn(settings("mail.hoster.test"))},
			config: Config{Auth: both},
			log:    []string{"POST " + bare, "POST " + named, "GET " + plain, jsonNamed, jsonBare}, err: "mail.hoster.test was not asked",
		},
		"version 2 gives no password away": {
			answers: map[string]func(auth.Authenticator, string) *http.Response{
				jsonNamed[4:]: always(200, `{"Url":"`+hoster+`"}`), hoster: signedIn(settings("mail.hoster.test"))},
			config: Config{AllowHost: allow("mail.hoster.test")},
			log:    []string{"POST " + bare, "POST " + named, "GET " + plain, jsonNamed, "POST " + hoster, jsonBare}, err: "would not show it a password",
		},
		"version 2 names plain HTTP, and refuses": {
			answers: map[string]func(auth.Authenticator, string) *http.Response{
				jsonNamed[4:]: always(200, `{"Url":"`+insecure+`"}`),
				jsonBare[4:]:  always(404, `{"ErrorCode":"UserNotFound","ErrorMessage":"The given user is not found."}`)},
			log: []string{"POST " + bare, "POST " + named, "GET " + plain, jsonNamed, jsonBare}, err: "error UserNotFound: The given user is not found.",
		},
		"version 2 answers nonsense": {
			answers: map[string]func(auth.Authenticator, string) *http.Response{
				jsonNamed[4:]: always(200, "<html>"), jsonBare[4:]: always(200, `{"Url":"https://a.test/autodiscover/autodiscover.json"}`)},
			log: []string{"POST " + bare, "POST " + named, "GET " + plain, jsonNamed, jsonBare}, err: "it names itself",
		},
		"version 2 as the configured URL": {
			answers: map[string]func(auth.Authenticator, string) *http.Response{
				"https://mail.hoster.test" + asked: always(200, `{"Url":"`+hoster+`"}`), hoster: signedIn(settings("mail.hoster.test"))},
			config: Config{URL: "https://mail.hoster.test/autodiscover/autodiscover.json", Auth: both},
			log:    []string{"GET https://mail.hoster.test" + asked, "POST " + hoster, "POST " + hoster + cautious}, source: hoster,
		},
		"wrong password ends the search": {
			answers: map[string]func(auth.Authenticator, string) *http.Response{named: rejects, plain: redirectTo(hoster), hoster: signedIn(settings("mail.a.test"))},
			log:     []string{"POST " + bare, "POST " + named, "POST " + named + basic}, err: "was refused",
		},
		"401 with credentials ends it too": {
			answers: map[string]func(auth.Authenticator, string) *http.Response{named: always(401, "")},
			log:     []string{"POST " + bare, "POST " + named, "POST " + named + basic}, err: "was refused",
		},
		"configured URL": {
			answers: map[string]func(auth.Authenticator, string) *http.Response{hoster: signedIn(settings("mail.hoster.test"))},
			config:  Config{URL: hoster},
			log:     []string{"POST " + hoster, "POST " + hoster + basic}, source: hoster,
		},
		"configured URL fails": {
			config: Config{URL: hoster}, log: []string{"POST " + hoster}, err: "no such host",
		},
		"configured URL in the clear": {config: Config{URL: insecure}, err: "is not an https URL"},
		"endpoint on another host": {
			answers: map[string]func(auth.Authenticator, string) *http.Response{named: signedIn(settings("mail.hoster.test"))},
			log:     []string{"POST " + bare, "POST " + named, "POST " + named + basic}, err: "mail.hoster.test, which may not be given credentials",
		},
		"no MAPI": {
			answers: map[string]func(auth.Authenticator, string) *http.Response{named: signedIn(account("<Action>settings</Action>"))},
			log:     []string{"POST " + bare, "POST " + named, "POST " + named + basic, "GET " + plain, jsonNamed, jsonBare}, err: "offers no MAPI over HTTP",
		},
		"error answer": {
			answers: map[string]func(auth.Authenticator, string) *http.Response{named: signedIn(
				`<Autodiscover><Response><Error Time="1" Id="2"><ErrorCode>500</ErrorCode><Message>The email address can't be found.</Message></Error></Response></Autodiscover>`)},
			config: Config{NoRedirectQuery: true},
			log:    []string{"POST " + bare, "POST " + named, "POST " + named + basic, jsonNamed, jsonBare}, err: "error 500: The email address can't be found.",
		},
		"endless body": {
			answers: map[string]func(auth.Authenticator, string) *http.Response{named: always(200, strings.Repeat("<a>", MaxResponse))},
			log:     []string{"POST " + bare, "POST " + named, "GET " + plain, jsonNamed, jsonBare}, err: "more than 1048576 bytes",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := &world{t: t, answers: c.answers}
			c.config.Connect = w.connect
			if c.config.Auth == nil {
				c.config.Auth = password
			}
			if c.config.LookupSRV == nil {
				c.config.LookupSRV = func(context.Context, string) ([]*net.SRV, error) { return nil, errors.New("no SRV record") }
			}
			s, err := NewFinder(c.config).Find(t.Context(), "ann@a.test")
			if !slices.Equal(w.log, c.log) {
				t.Errorf("asked\n%s\nwant\n%s", strings.Join(w.log, "\n"), strings.Join(c.log, "\n"))
			}
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) || strings.Contains(err.Error(), "redacted") {
					t.Errorf("error %v, want one with %q", err, c.err)
				}
			} else if err != nil || s.Source != c.source || s.LegacyDN != "/o=A/cn=ann" || len(s.MailStore.URLs()) != 1 || len(s.AddressBook.URLs()) != 1 {
				t.Errorf("%+v, %v, want it from %s", s, err, c.source)
			}
			if w.open != 0 {
				t.Errorf("%d connections were left open", w.open)
			}
		})
	}
}

// TestEndlessRedirects follows a server that always names another one, and no
// further than it should.
func TestEndlessRedirects(t *testing.T) {
	n := 0
	w := &world{t: t, answers: map[string]func(auth.Authenticator, string) *http.Response{}}
	c := Config{URL: hoster, AllowHost: func(string) bool { return true }, Connect: func(u *url.URL, a auth.Authenticator) Carrier {
		n++
		w.answers[u.String()] = redirectTo(fmt.Sprintf("https://h%d.test/", n))
		return w.connect(u, a)
	}}
	var none *NotFoundError
	if _, err := NewFinder(c).Find(t.Context(), "ann@a.test"); !errors.As(err, &none) || !strings.Contains(err.Error(), "more than 10 redirects") {
		t.Errorf("%v", err)
	}
	if n != maxRedirects+1 {
		t.Errorf("%d requests, want %d", n, maxRedirects+1)
	}
	// And one of version 2.
	n = 0
	w = &world{t: t, answers: map[string]func(auth.Authenticator, string) *http.Response{}}
	c.URL = "https://mail.hoster.test/autodiscover/autodiscover.json"
	c.Connect = func(u *url.URL, a auth.Authenticator) Carrier {
		n++
		w.answers[u.String()] = redirectTo(fmt.Sprintf("https://h%d.test/autodiscover/autodiscover.json", n))
		return w.connect(u, a)
	}
	if _, err := NewFinder(c).Find(t.Context(), "ann@a.test"); !errors.As(err, &none) || !strings.Contains(err.Error(), "more than 10 redirects") || n != maxRedirects+1 {
		t.Errorf("%d requests, %v", n, err)
	}
	// And one that always names another address.
	w = &world{t: t, answers: map[string]func(auth.Authenticator, string) *http.Response{}}
	c = Config{URL: hoster, Connect: w.connect}
	w.answers[hoster] = func(_ auth.Authenticator, body string) *http.Response {
		return status(200, nil, account(fmt.Sprintf("<Action>redirectAddr</Action><RedirectAddr>a%d@a.test</RedirectAddr>", len(w.log))))
	}
	if _, err := NewFinder(c).Find(t.Context(), "ann@a.test"); !errors.As(err, &none) || len(w.log) != maxAddresses {
		t.Errorf("%v after %d requests", err, len(w.log))
	}
}

func TestFindCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	w := &world{t: t, answers: map[string]func(auth.Authenticator, string) *http.Response{
		bare: func(auth.Authenticator, string) *http.Response { cancel(); return status(500, nil, "") }}}
	if _, err := NewFinder(Config{Connect: w.connect}).Find(ctx, "ann@a.test"); !errors.Is(err, context.Canceled) || len(w.log) != 1 {
		t.Errorf("%v after %v", err, w.log)
	}
}

func TestFindRefusesAddresses(t *testing.T) {
	for _, address := range []string{"", "ann", "@a.test", "ann@", "ann@a.test/x", "ann@a b", "ann@a.test:443", "ann@[1.2.3.4]", "ann@a?b", "ann@a%2f"} {
		if _, err := NewFinder(Config{}).Find(t.Context(), address); err == nil {
			t.Errorf("%q is taken", address)
		}
	}
}

package ingress

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/sqlite"
	"github.com/mapigate/mapigate/gateway/route"
	"github.com/mapigate/mapigate/smtpside"
)

func patterns(t testing.TB, texts ...string) (all []route.Pattern) {
	t.Helper()
	for _, text := range texts {
		p, err := route.ParsePattern(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

type oneUser struct{}

func (oneUser) Check(_ context.Context, _ *smtpside.Peer, cred smtpside.Credentials) (string, error) {
	switch {
	case cred.Username == "broken":
		return "", errors.New("the disk has a hole")
	case cred.Username != "bob" || cred.Password != "secret":
		return "", smtpside.AuthFailed("")
	}
	return cred.Username, nil
}

// a site is a listener with a real server before it and a real queue behind.
type site struct {
	testing.TB
	q    *sqlite.Queue
	addr string
	seen *observed

	backend *Backend
}

type observed struct {
	accepted int
	repeated int
	refused  []string
}

func (o *observed) Accepted(string, int64, int)  { o.accepted++ }
func (o *observed) Refused(_ string, why string) { o.refused = append(o.refused, why) }
func (o *observed) Repeated(string)              { o.repeated++ }
func (o *observed) last() string                 { return strings.Join(o.refused, " ") }
func fixed() time.Time                           { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }
func loopback() []netip.Prefix                   { return []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} }
func withPut(q queue.Putter) func(*Options)      { return func(o *Options) { o.Queue = q } }
func withOpen(p ...route.Pattern) func(*Options) { return func(o *Options) { o.Recipients = p } }

type fullQueue struct{}

func (fullQueue) Put(_ context.Context, e queue.Entry) (queue.Receipt, error) {
	io.Copy(io.Discard, e.Body)
	return queue.Receipt{}, fmt.Errorf("put: %w", queue.ErrFull)
}

func newSite(t testing.TB, trusted []netip.Prefix, change func(*Options)) *site {
	t.Helper()
	q, err := sqlite.Open(t.TempDir(), sqlite.Options{MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { q.Close() })
	s := &site{TB: t, q: q, seen: &observed{}}
	opts := Options{
		Listener: "apps", Hostname: "gw.test", Queue: q, Clock: fixed, Users: oneUser{}, Observer: s.seen,
		Routes: route.Table{
			{To: patterns(t, "nobody@*"), Via: route.Via{Kind: route.Reject}, Text: "nobody lives here"},
			{To: patterns(t, "here.test", "gw.test"), Via: route.Via{Kind: route.Exchange, Name: "main"}},
			{Via: route.Via{Kind: route.Internet}},
		},
	}
	if change != nil {
		change(&opts)
	}
	backend, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	s.backend = backend
	server, err := smtpside.NewServer(smtpside.ServerOptions{
		Hostname: "gw.test", Backend: backend, Auth: opts.Users != nil, AuthPlaintext: true, Trusted: trusted,
		Strangers: len(opts.Recipients) > 0, DSN: true, Limits: smtpside.Limits{AuthDelay: -1, SessionsPerIP: -1},
	})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); server.Serve(ctx, l) }()
	t.Cleanup(func() { cancel(); <-done })
	s.addr = l.Addr().String()
	return s
}

// talk plays a transcript: lines that begin with "> " are sent, the others are prefixes of what must come back.
func (s *site) talk(script string) {
	s.Helper()
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		s.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	r := bufio.NewReader(conn)
	for _, line := range strings.Split("220\n> EHLO client.test\n250\n"+script, "\n") {
		if sent, ok := strings.CutPrefix(line, "> "); ok {
			fmt.Fprintf(conn, "%s\r\n", strings.ReplaceAll(sent, `\r\n`, "\r\n"))
			continue
		}
		var reply string
		for more := true; more && line != ""; {
			if reply, err = r.ReadString('\n'); err != nil {
				s.Fatalf("waiting for %q: %v", line, err)
			}
			more = len(reply) > 3 && reply[3] == '-'
		}
		if !strings.HasPrefix(reply, line) {
			s.Fatalf("got %q, want %q", reply, line)
		}
	}
}

// only gives the one mail that is in the queue, with its body.
func (s *site) only() (queue.Record, string) {
	s.Helper()
	page, err := s.q.List(s.Context(), queue.Filter{All: true})
	if err != nil || len(page.Records) != 1 {
		s.Fatalf("%d mails in the queue, %v", len(page.Records), err)
	}
	r, err := s.q.Open(s.Context(), page.Records[0].Mail.ID)
	if err != nil {
		s.Fatal(err)
	}
	defer r.Close()
	body, err := io.ReadAll(r)
	if err != nil {
		s.Fatal(err)
	}
	return page.Records[0], string(body)
}

func TestEnvelope(t *testing.T) {
	s := newSite(t, loopback(), nil)
	s.talk(`> MAIL FROM:<a@here.test> RET=HDRS ENVID=x+2By BODY=8BITMIME
250
> RCPT TO:<bob@here.test> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;old@here.test
250
> RCPT TO:<eve@far.test> NOTIFY=NEVER
250
> RCPT TO:<eve@far.test>
250
> RCPT TO:<postmaster>
250
> DATA
354
> From: a@here.test\r\nDate: x\r\nMessage-ID: <1@here.test>\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n =?iso-8859-1?q?_=FCber?=\r\n\r\nhello\r\n.
250 2.0.0 queued as
> QUIT
221`)
	rec, body := s.only()
	m := rec.Mail
	e := m.Envelope
	if e.From != "a@here.test" || e.Ret != "HDRS" || e.EnvID != "x+y" || !e.EightBit || len(e.Recipients) != 3 {
		t.Errorf("envelope %+v", e)
	}
	if r := e.Recipients[0]; r.Notify != mail.NotifySuccess|mail.NotifyFailure || r.OrigRecipient != "rfc822;old@here.test" {
		t.Errorf("recipient %+v", r)
	}
	if r := e.Recipients[1]; r.Notify != mail.NotifyNever || e.Recipients[2].Address != "postmaster@gw.test" {
		t.Errorf("recipients %+v", e.Recipients)
	}
	if m.MessageID != "<1@here.test>" || m.Subject != "Grüße über" || m.Source.Kind != "smtp" || m.Source.Name != "apps" ||
		!strings.HasPrefix(m.Source.Client, "127.0.0.1:") || !m.Received.Equal(fixed()) {
		t.Errorf("mail %+v", m)
	}
	for i, want := range []queue.Leg{
		{Courier: "exchange/main", Route: "exchange/main", Destination: "main"}, {Courier: "internet", Route: "internet", Destination: "far.test"},
		{Courier: "exchange/main", Route: "exchange/main", Destination: "main"},
	} {
		if rec.Recipients[i].Leg != want {
			t.Errorf("leg %d: %+v, want %+v", i, rec.Recipients[i].Leg, want)
		}
	}
	want := "Received: from client.test ([127.0.0.1])\r\n\tby gw.test with ESMTP\r\n\tid " + string(m.ID) + ";\r\n\tSun, 1 Mar 2026 12:00:00 +0000\r\n" +
		"X-Mapigate-Id: " + string(m.ID) + "\r\nFrom: a@here.test\r\nDate: x\r\nMessage-ID: <1@here.test>\r\n" +
		"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n =?iso-8859-1?q?_=FCber?=\r\n\r\nhello\r\n"
	if body != want {
		t.Errorf("body\n%q, want\n%q", body, want)
	}
	if s.seen.accepted != 1 {
		t.Errorf("accepted %d", s.seen.accepted)
	}
}

// Who may send to whom. The open relay is impossible.
func TestPolicy(t *testing.T) {
	const good, stranger = "> RCPT TO:<x@far.test>\n250", "> RCPT TO:<x@far.test>\n554 5.7.1"
	auth := "> AUTH PLAIN AGJvYgBzZWNyZXQ=\n235\n" // bob, secret
	for name, c := range map[string]struct {
		trusted []netip.Prefix
		change  func(*Options)
		script  string
		refused string
	}{
		"trusted network":       {loopback(), nil, "> MAIL FROM:<a@b.test>\n250\n" + good, ""},
		"signed in":             {nil, nil, auth + "> MAIL FROM:<a@b.test>\n250\n" + good, ""},
		"not signed in":         {nil, nil, "> MAIL FROM:<a@b.test>\n530 5.7.0", ""},
		"wrong password":        {nil, nil, "> AUTH PLAIN AGJvYgB3cm9uZw==\n535 5.7.8", "auth"},
		"acting for another":    {nil, nil, "> AUTH PLAIN YW5uAGJvYgBzZWNyZXQ=\n535", ""},
		"our own fault":         {nil, nil, "> AUTH PLAIN AGJyb2tlbgB4\n4", ""},
		"stranger to us":        {nil, withOpen(patterns(t, "here.test")...), "> MAIL FROM:<a@b.test>\n250\n> RCPT TO:<bob@here.test>\n250", ""},
		"stranger to far":       {nil, withOpen(patterns(t, "here.test")...), "> MAIL FROM:<a@b.test>\n250\n" + stranger, "relay"},
		"stranger, percent":     {nil, withOpen(patterns(t, "here.test")...), "> MAIL FROM:<>\n250\n> RCPT TO:<x%far.test@here.test>\n554 5.7.1", "relay"},
		"stranger, bang":        {nil, withOpen(patterns(t, "here.test")...), "> MAIL FROM:<>\n250\n> RCPT TO:<far.test!x>\n5", ""},
		"stranger, quoted":      {nil, withOpen(patterns(t, "here.test")...), "> MAIL FROM:<>\n250\n> RCPT TO:<\"x@far.test\"@evil.test>\n554 5.7.1", "relay"},
		"stranger, postmaster":  {nil, withOpen(patterns(t, "here.test")...), "> MAIL FROM:<>\n250\n> RCPT TO:<postmaster>\n554 5.7.1", "relay"},
		"stranger, our own":     {nil, withOpen(patterns(t, "here.test", "gw.test")...), "> MAIL FROM:<>\n250\n> RCPT TO:<postmaster>\n250", ""},
		"rejected by a route":   {loopback(), nil, "> MAIL FROM:<a@b.test>\n250\n> RCPT TO:<nobody@far.test>\n550 5.7.1 nobody lives here", "route"},
		"sender of another":     {nil, func(o *Options) { o.Clients = []Client{{Users: []string{"Bob"}, From: patterns(t, "bob@here.test")}} }, auth + "> MAIL FROM:<eve@here.test>\n550 5.7.1\n> MAIL FROM:<bob@here.test>\n250", "sender"},
		"no senders for others": {nil, func(o *Options) { o.Clients = []Client{{Users: []string{"eve"}, From: patterns(t, "eve@here.test")}} }, auth + "> MAIL FROM:<any@here.test>\n250", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, c.trusted, c.change)
			s.talk(c.script)
			if got := s.seen.last(); got != c.refused {
				t.Errorf("refusals %q, want %q", got, c.refused)
			}
		})
	}
}

const start = "> MAIL FROM:<a@here.test>\n250\n> RCPT TO:<bob@here.test>\n250\n> DATA\n354\n> "

func TestFullQueue(t *testing.T) {
	s := newSite(t, loopback(), withPut(fullQueue{}))
	s.talk(start + `Subject: x\r\n\r\nx\r\n.` + "\n452 4.3.1\n> NOOP\n250")
	if s.seen.last() != "full" {
		t.Errorf("refusals %q", s.seen.last())
	}
}

// A mail that breaks off is not queued.
func TestCutOff(t *testing.T) {
	s := newSite(t, loopback(), nil)
	s.talk(start + `Subject: x\r\n\r\nhalf of it`)
	time.Sleep(50 * time.Millisecond)
	if page, err := s.q.List(t.Context(), queue.Filter{All: true}); err != nil || len(page.Records) != 0 {
		t.Errorf("%d mails in the queue, %v", len(page.Records), err)
	}
}

func TestLoops(t *testing.T) {
	ids := func(n int) string { return strings.TrimSpace(strings.Repeat("06abcdefghjkmnpqrstv ", n)) }
	for name, c := range map[string]struct{ header, want string }{
		"50 hops":       {strings.Repeat(`Received: x\r\n`, 50), "250"},
		"51 hops":       {strings.Repeat(`Received: x\r\n`, 51), "554 5.4.6"},
		"few passes":    {`X-Mapigate-Passed: ` + ids(3) + `\r\nX-Mapigate-Id: ` + ids(1) + `\r\n`, "250"},
		"many passes":   {`X-Mapigate-Passed: ` + ids(4) + `\r\nX-Mapigate-Id: ` + ids(1) + `\r\n`, "554 5.4.6"},
		"odd ids":       {`X-Mapigate-Passed: ` + strings.Repeat("x ", 9) + `\r\n`, "250"},
		"large header":  {strings.Repeat(`X-Filler: `+strings.Repeat("x", 900)+`\r\n`, 600), "554 5.6.0"},
		"to itself":     {`Delivered-To: <Bob@Here.Test>\r\n`, "554 5.4.6"},
		"to others":     {`Delivered-To: alice@here.test\r\n`, "250"},
		"not in header": {`\r\n` + strings.Repeat(`Received: x\r\n`, 60), "250"},
	} {
		t.Run(name, func(t *testing.T) {
			newSite(t, loopback(), nil).talk(start + c.header + `\r\nx\r\n.` + "\n" + c.want)
		})
	}
}

func TestHeader(t *testing.T) {
	const top = "Received: from client.test ([127.0.0.1])\r\n\tby gw.test with ESMTP\r\n\tid ID\r\n\tfor <bob@here.test>;\r\n\tSun, 1 Mar 2026 12:00:00 +0000\r\nX-Mapigate-Id: ID\r\n"
	const date, id, from = "Date: Sun, 01 Mar 2026 12:00:00 +0000\r\n", "Message-ID: <ID@gw.test>\r\n", "From: <a@here.test>\r\n"
	const whole = "Date: d\r\nMessage-ID: <1@x>\r\nFrom: f\r\n"
	for name, c := range map[string]struct{ in, want, messageID string }{
		"whole":             {whole + "\r\nx\r\n", top + whole + "\r\nx\r\n", "<1@x>"},
		"nothing there":     {"Subject: s\r\n\r\nx\r\n", top + date + id + from + "Subject: s\r\n\r\nx\r\n", "<ID@gw.test>"},
		"empty message-id":  {"Date: d\r\nFrom: f\r\nMessage-ID:\r\n\r\nx\r\n", top + id + "Date: d\r\nFrom: f\r\n\r\nx\r\n", "<ID@gw.test>"},
		"no header":         {"hello there\r\nbob\r\n", top + date + id + from + "\r\nhello there\r\nbob\r\n", "<ID@gw.test>"},
		"no header, a dot":  {"see http://x\r\n", top + date + id + from + "\r\nsee http://x\r\n", "<ID@gw.test>"},
		"empty":             {"", top + date + id + from, "<ID@gw.test>"},
		"empty header":      {"\r\nx\r\n", top + date + id + from + "\r\nx\r\n", "<ID@gw.test>"},
		"header only":       {whole, top + whole, "<1@x>"},
		"no empty line":     {whole + "hello there\r\n", top + "X-Mapigate-Repaired: no empty line behind the header\r\n" + whole + "\r\nhello there\r\n", "<1@x>"},
		"mbox line":         {"From bob Mon Jan  1\r\n" + whole + "\r\nx\r\n", top + whole + "\r\nx\r\n", "<1@x>"},
		"blind copies":      {whole + "BCC: eve@far.test,\r\n\tmallory@far.test\r\nResent-Bcc: z\r\nTo: t\r\n\r\nBcc: x\r\n", top + whole + "To: t\r\n\r\nBcc: x\r\n", "<1@x>"},
		"inner fields":      {whole + "X-MS-Exchange-Organization-SCL: -1\r\nX-MS-Exchange-Forest-X: y\r\nReturn-Path: <x>\r\n\r\nx\r\n", top + whole + "\r\nx\r\n", "<1@x>"},
		"ids before":        {whole + "X-Mapigate-Id: 06abcdefghjkmnpqrstv\r\n\r\nx\r\n", top + "X-Mapigate-Passed: 06abcdefghjkmnpqrstv\r\n" + whole + "\r\nx\r\n", "<1@x>"},
		"space before :":    {"Date : d\r\nMessage-ID\t: <1@x>\r\nFrom: f\r\n\r\nx\r\n", top + "Date : d\r\nMessage-ID\t: <1@x>\r\nFrom: f\r\n\r\nx\r\n", "<1@x>"},
		"folded message-id": {"Date: d\r\nFrom: f\r\nMessage-ID:\r\n <1@\r\n x>\r\n\r\nx\r\n", top + "Date: d\r\nFrom: f\r\nMessage-ID:\r\n <1@\r\n x>\r\n\r\nx\r\n", "<1@x>"},
		"8-bit header":      {whole + "Subject: Gr\xfc\xdfe\r\n\r\nx\r\n", top + whole + "Subject: Gr\xfc\xdfe\r\n\r\nx\r\n", "<1@x>"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, loopback(), nil)
			s.talk(start + strings.ReplaceAll(c.in, "\r\n", `\r\n`) + ".\n250")
			rec, body := s.only()
			fill := func(text string) string { return strings.ReplaceAll(text, "ID@", string(rec.Mail.ID)+"@") }
			want := fill(strings.NewReplacer("id ID\r", "id "+string(rec.Mail.ID)+"\r", "X-Mapigate-Id: ID", "X-Mapigate-Id: "+string(rec.Mail.ID)).Replace(c.want))
			if body != want {
				t.Errorf("body\n%q, want\n%q", body, want)
			}
			if rec.Mail.MessageID != fill(c.messageID) {
				t.Errorf("Message-ID %q, want %q", rec.Mail.MessageID, fill(c.messageID))
			}
		})
	}
}

func TestSubject(t *testing.T) {
	for in, want := range map[string]string{
		" plain\r\n": "plain", " two\r\n words\r\n": "two words", "=?utf-8?b?w7w=?=": "ü", "=?koi8-r?b?8NLJ18XU?=": "Привет",
		"=?no-such?q?x?=": "=?no-such?q?x?=", "Gr\xfc\xdfe": "Gr\uFFFDe", "a\x00b": "a b", strings.Repeat("ü", 300): strings.Repeat("ü", 200),
	} {
		if got := decodeSubject(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// Whatever the header looks like, the body comes through, and nothing that must not travel does.
func FuzzHeader(f *testing.F) {
	f.Add("Subject: x\r\nBcc: y\r\n\r\n", "body")
	f.Add("From x\r\nA : b\r\n\t\r\n c\r\n\r\n", "")
	f.Add(":\r\n \r\n", "\r\n.\r\n")
	f.Fuzz(func(t *testing.T, head, body string) {
		h := &header{has: map[string]bool{}}
		in := head + "\r\n" + body
		br := bufio.NewReader(strings.NewReader(in))
		if err := h.read(br, 1<<20); err != nil {
			t.Skip(err)
		}
		rest, err := io.ReadAll(br)
		if err != nil || !strings.HasSuffix(in, string(rest)) {
			t.Fatalf("the rest is %q, %v", rest, err)
		}
		fields := h.fields.String()
		for _, line := range strings.Split("\n"+fields, "\n") {
			if name, _, ok := strings.Cut(line, ":"); ok && dropped(strings.ToLower(strings.TrimSpace(name))) && !strings.HasPrefix(line, " ") && !strings.HasPrefix(line, "\t") {
				t.Errorf("%q travels", line)
			}
		}
	})
}

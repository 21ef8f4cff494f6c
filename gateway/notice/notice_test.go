package notice

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"strings"
	"testing"
	"time"

	ours "github.com/mapigate/mapigate/gateway/mail"
)

type sized int64

func (s sized) Size() int64                                     { return int64(s) }
func (s sized) Open(ctx context.Context) (io.ReadCloser, error) { return nil, errors.ErrUnsupported }

const theMail = "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nFrom: <a@here.test>\r\nMessage-ID: <1@here.test>\r\n\r\nThe body.\r\n"

var then = time.Date(2026, 3, 1, 12, 0, 0, 0, time.FixedZone("", 3600))

func request(kind Kind, outcome ours.Outcome) Request {
	return Request{
		Kind: kind, ID: "06abcdefghjkmnpqrstv", Now: then.Add(time.Hour), Hostname: "gw.here.test",
		Mail: ours.Mail{
			ID: "06aaaaaaaaaaaaaaaaaa", Received: then, MessageID: "<1@here.test>", Subject: "Grüße",
			Envelope: ours.Envelope{From: "a@here.test", EnvID: "env 7"}, Body: sized(len(theMail)),
		},
		Recipients: []Recipient{{
			Recipient: ours.Recipient{Address: "bob@there.test", OrigRecipient: "rfc822;Bob@there.test", Notify: ours.NotifyFailure | ours.NotifyDelay | ours.NotifySuccess},
			Outcome:   outcome, At: then.Add(time.Minute), Attempts: 3,
		}},
		Original: strings.NewReader(theMail),
		Expires:  then.Add(5 * 24 * time.Hour),
	}
}

var noSuchUser = ours.Outcome{
	Verdict: ours.Failed, Code: 550, Detail: "1.1", Text: "no such user", Remote: "mx.there.test [192.0.2.1]:25",
}

// a parsed report, by parsers that are not ours.
type parsed struct {
	header   mail.Header
	kinds    []string
	bodies   []string
	blocks   []textproto.MIMEHeader // of the status part
	encoding []string
}

func parse(t testing.TB, r *Report) parsed {
	t.Helper()
	for _, line := range strings.SplitAfter(string(r.Body), "\r\n") {
		if bare := strings.TrimSuffix(line, "\r\n"); strings.ContainsAny(bare, "\r\n\x00") || len(bare) > 998 {
			t.Fatalf("bad line %q", line)
		}
	}
	m, err := mail.ReadMessage(bytes.NewReader(r.Body))
	if err != nil {
		t.Fatalf("%v in\n%s", err, r.Body)
	}
	p := parsed{header: m.Header}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/report" {
		t.Fatalf("content type %s, %v", kind, err)
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, r.Body)
		}
		var body io.Reader = part
		encoding := part.Header.Get("Content-Transfer-Encoding")
		if encoding == "quoted-printable" {
			body = quotedprintable.NewReader(part)
		}
		data, err := io.ReadAll(body)
		if err != nil {
			t.Fatal(err)
		}
		if encoding == "7bit" && !isASCII(data) {
			t.Errorf("8-bit data in a 7-bit part %s", part.Header.Get("Content-Type"))
		}
		p.kinds, p.bodies, p.encoding = append(p.kinds, part.Header.Get("Content-Type")), append(p.bodies, string(data)), append(p.encoding, encoding)
	}
	status := textproto.NewReader(bufio.NewReader(strings.NewReader(p.bodies[1] + "\r\n\r\n")))
	for {
		block, err := status.ReadMIMEHeader()
		if len(block) == 0 {
			break
		}
		if err != nil {
			t.Fatalf("status part: %v in\n%s", err, p.bodies[1])
		}
		p.blocks = append(p.blocks, block)
	}
	return p
}

func compose(t testing.TB, r Request) (*Report, parsed) {
	t.Helper()
	report, err := Compose(r)
	if err != nil {
		t.Fatal(err)
	}
	return report, parse(t, report)
}

func TestFailure(t *testing.T) {
	report, p := compose(t, request(Failure, noSuchUser))
	e := report.Mail.Envelope
	if e.From != "" || len(e.Recipients) != 1 || e.Recipients[0].Address != "a@here.test" || e.SMTPUTF8 || e.EightBit {
		t.Errorf("envelope %+v", e)
	}
	if report.Mail.MessageID != p.header.Get("Message-ID") || report.Mail.Subject != "Undeliverable: Grüße" {
		t.Errorf("mail %+v", report.Mail)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(p.header.Get("Subject"))
	if err != nil || subject != "Undeliverable: Grüße" {
		t.Errorf("subject %q, %v", subject, err)
	}
	for name, want := range map[string]string{
		"From": "Mail Delivery System <postmaster@gw.here.test>", "To": "<a@here.test>", "Auto-Submitted": "auto-replied",
		"In-Reply-To": "<1@here.test>", "Date": "Sun, 01 Mar 2026 13:00:00 +0100",
	} {
		if got := p.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if len(p.kinds) != 3 || p.kinds[1] != "message/delivery-status" || p.kinds[2] != "message/rfc822" {
		t.Fatalf("parts %q", p.kinds)
	}
	if p.bodies[2]+"\r\n" != theMail && p.bodies[2] != theMail {
		t.Errorf("returned %q", p.bodies[2])
	}
	for _, words := range []string{"There is no such address", "bob@there.test", "mx.there.test says: 550 5.1.1 no such user", "Grüße"} {
		if !strings.Contains(strings.Join(strings.Fields(p.bodies[0]), " "), words) {
			t.Errorf("the text does not say %q:\n%s", words, p.bodies[0])
		}
	}
	want := []map[string]string{
		{"Reporting-Mta": "dns; gw.here.test", "Original-Envelope-Id": "env 7", "Arrival-Date": "Sun, 01 Mar 2026 12:00:00 +0100"},
		{
			"Original-Recipient": "rfc822; Bob@there.test", "Final-Recipient": "rfc822; bob@there.test", "Action": "failed",
			"Status": "5.1.1", "Remote-Mta": "dns; mx.there.test", "Diagnostic-Code": "smtp; 550 5.1.1 no such user",
			"Last-Attempt-Date": "Sun, 01 Mar 2026 12:01:00 +0100",
		},
	}
	wantBlocks(t, p, want)
}

func wantBlocks(t *testing.T, p parsed, want []map[string]string) {
	t.Helper()
	if len(p.blocks) != len(want) {
		t.Fatalf("%d blocks, want %d:\n%s", len(p.blocks), len(want), p.bodies[1])
	}
	for i, fields := range want {
		for name, value := range fields {
			if got := p.blocks[i].Get(name); got != value {
				t.Errorf("block %d, %s: %q, want %q", i, name, got, value)
			}
		}
	}
}

func TestDelay(t *testing.T) {
	_, p := compose(t, request(Delay, ours.Outcome{Code: 451, Detail: "4.1", Text: "no host answered"}))
	wantBlocks(t, p, []map[string]string{{}, {
		"Action": "delayed", "Status": "4.4.1", "Diagnostic-Code": "x-mapigate; no host answered", "Remote-Mta": "",
		"Will-Retry-Until": "Fri, 06 Mar 2026 12:00:00 +0100",
	}})
	if p.kinds[2] != "text/rfc822-headers" || strings.Contains(p.bodies[2], "The body") {
		t.Errorf("a delay returns %s:\n%s", p.kinds[2], p.bodies[2])
	}
	if !strings.Contains(p.bodies[0], "You need not send it again") {
		t.Errorf("text:\n%s", p.bodies[0])
	}
}

func TestSuccess(t *testing.T) {
	for action, relayed := range map[string]bool{"delivered": false, "relayed": true} {
		_, p := compose(t, request(Success, ours.Outcome{Verdict: ours.Delivered, Code: 250, Relayed: relayed, Remote: "mx"}))
		wantBlocks(t, p, []map[string]string{{}, {"Action": action, "Status": "2.0.0"}})
		if !strings.Contains(p.bodies[0], action+" by mx") {
			t.Errorf("text:\n%s", p.bodies[0])
		}
	}
}

func TestExpired(t *testing.T) {
	for detail, want := range map[string]string{"": "4.4.7", "2.2": "4.2.2"} {
		r := request(Failure, ours.Outcome{Code: 452, Detail: detail, Text: "later"})
		r.Recipients[0].Expired, r.Recipients[0].Doubt = true, true
		_, p := compose(t, r)
		wantBlocks(t, p, []map[string]string{{}, {"Action": "failed", "Status": want}})
		for _, words := range []string{"It was tried 3 times", "perhaps it was delivered"} {
			if !strings.Contains(strings.Join(strings.Fields(p.bodies[0]), " "), words) {
				t.Errorf("the text does not say %q:\n%s", words, p.bodies[0])
			}
		}
	}
}

func TestNothing(t *testing.T) {
	bounce := request(Failure, noSuchUser)
	bounce.Mail.Envelope.From = ""
	never := request(Failure, noSuchUser)
	never.Recipients[0].Notify = ours.NotifyNever
	unasked := request(Success, noSuchUser)
	unasked.Recipients[0].Notify = 0
	for name, r := range map[string]Request{"a bounce": bounce, "NOTIFY=NEVER": never, "success not asked for": unasked} {
		if _, err := Compose(r); !errors.Is(err, ErrNothing) {
			t.Errorf("%s: %v", name, err)
		}
	}
	mixed := request(Failure, noSuchUser)
	mixed.Recipients = append(mixed.Recipients, never.Recipients...)
	if _, p := compose(t, mixed); len(p.blocks) != 2 {
		t.Errorf("one of two wants to hear: %d blocks", len(p.blocks))
	}
}

func TestReturned(t *testing.T) {
	for name, c := range map[string]struct {
		ret   string
		size  int
		whole bool
	}{
		"small": {"", 100, true}, "large": {"", 60 << 10, false}, "large, asked for": {"FULL", 60 << 10, true},
		"too large": {"FULL", 2 << 20, false}, "header asked for": {"HDRS", 100, false},
	} {
		body := "Subject: x\r\n\r\n" + strings.Repeat("0123456789\r\n", c.size/12)
		r := request(Failure, noSuchUser)
		r.Mail.Envelope.Ret, r.Mail.Body, r.Original = c.ret, sized(len(body)), strings.NewReader(body)
		_, p := compose(t, r)
		got := p.bodies[2] + "\r\n"
		if c.whole && got != body && p.bodies[2] != body || !c.whole && strings.TrimSpace(got) != "Subject: x" {
			t.Errorf("%s: returned %d of %d bytes as %s", name, len(got), len(body), p.kinds[2])
		}
	}
	gone := request(Failure, noSuchUser)
	gone.Original = nil
	if _, p := compose(t, gone); len(p.kinds) != 2 {
		t.Errorf("nothing to return: %q", p.kinds)
	}
	torn := request(Failure, noSuchUser)
	torn.Original = io.MultiReader(strings.NewReader("Subject: x\r\n"), brokenReader{})
	if _, err := Compose(torn); err == nil {
		t.Error("a body that cannot be read gave a report")
	}
	endless := request(Delay, noSuchUser)
	endless.Original = strings.NewReader(strings.Repeat("X: y\r\n", 1<<20))
	if report, _ := compose(t, endless); len(report.Body) > maxHeader+8<<10 {
		t.Errorf("a header of 6 MiB gave a report of %d", len(report.Body))
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("torn") }

// RFC 6533: internationalised addresses stand as they are, in parts of other types.
func TestInternational(t *testing.T) {
	r := request(Failure, noSuchUser)
	r.Mail.Envelope.SMTPUTF8 = true
	r.Recipients[0].Address = "jürgen@münchen.test"
	r.Recipients[0].OrigRecipient = "utf-8;jürgen@münchen.test"
	r.Mail.Subject = "Grüße"
	report, p := compose(t, r)
	if report.Mail.Envelope.SMTPUTF8 || !report.Mail.Envelope.EightBit {
		t.Errorf("envelope %+v", report.Mail.Envelope)
	}
	if header, _, _ := bytes.Cut(report.Body, []byte("\r\n\r\n")); !isASCII(header) {
		t.Errorf("a report to an address in ASCII has a header that is not: %s", header)
	}
	if p.kinds[1] != "message/global-delivery-status" || p.kinds[2] != "message/global" {
		t.Errorf("parts %q", p.kinds)
	}
	if !strings.Contains(p.header.Get("Content-Type"), "global-delivery-status") {
		t.Errorf("report type %s", p.header.Get("Content-Type"))
	}
	wantBlocks(t, p, []map[string]string{{}, {"Final-Recipient": "utf-8; jürgen@münchen.test", "Original-Recipient": "utf-8; jürgen@münchen.test"}})

	r.Mail.Envelope.From = "jörg@here.test"
	if report, _ := compose(t, r); !report.Mail.Envelope.SMTPUTF8 || !bytes.Contains(report.Body, []byte("Subject: Undeliverable: Grüße\r\n")) {
		t.Errorf("to an internationalised address: %+v\n%s", report.Mail.Envelope, report.Body)
	}

	plain := request(Failure, noSuchUser)
	plain.Mail.Envelope.SMTPUTF8 = true // asked for, but not needed
	if report, _ := compose(t, plain); report.Mail.Envelope.SMTPUTF8 {
		t.Error("the report needs SMTPUTF8 although nothing in it does")
	}
}

// What a hostile server or sender says cannot break out of its field.
func FuzzCompose(f *testing.F) {
	f.Add("no such user", "mx", "bob@there.test", "Subject: x\r\n\r\ny\r\n", "subject")
	f.Add("a\r\nStatus: 2.0.0\r\n\r\n--=_06abcdefghjkmnpqrstv--", "x\ny", "b\r\n@c", "\r\n\r\n", "\r\nBcc: x")
	f.Add(strings.Repeat("C", 3000), "mx", "bob@there.test", "", "subject")
	f.Add(strings.Repeat("ü", 3000), "\x00\xff", "jürgen@x", "\xff\xfe", strings.Repeat("x", 5000))
	f.Fuzz(func(t *testing.T, text, remote, address, body, subject string) {
		if strings.ContainsAny(strings.ReplaceAll(body, "\r\n", ""), "\r\n\x00") {
			t.Skip("bodies have CRLF line ends")
		}
		for _, line := range strings.Split(body, "\r\n") {
			if len(line) > 998 || strings.Contains(line, "=_06abcdefghjkmnpqrstv") {
				t.Skip("lines as SMTP has them, and nobody can guess the id")
			}
		}
		r := request(Failure, ours.Outcome{Verdict: ours.Failed, Code: 550, Text: text, Remote: remote})
		r.Recipients[0].Address, r.Recipients[0].OrigRecipient = address, "rfc822;"+address
		r.Mail.Subject, r.Mail.MessageID = subject, "<"+subject+">"
		r.Mail.Body, r.Original = sized(len(body)), strings.NewReader(body)
		_, p := compose(t, r)
		if len(p.blocks) != 2 || len(p.blocks[1].Values("Status")) != 1 || len(p.header["To"]) != 1 || p.header.Get("Bcc") != "" {
			t.Errorf("broken out:\n%s\n%+v", p.bodies[1], p.header)
		}
	})
}

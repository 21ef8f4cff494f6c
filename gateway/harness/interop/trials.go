package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/mapigate/mapigate/smtpside/smtptest"
)

// A trial is one feature, as a mail that shows it.
type trial struct {
	name     string
	needs    string // the extension that the first hop must offer
	from     string
	mail     string // parameters of MAIL
	to       []string
	rcpt     string // parameters of RCPT
	subject  string // behind the token
	body     string // CRLF
	check    func(m smtptest.Mail) error
	refused  bool // the first hop must refuse it
	unsuited map[string]string
}

const plainBody = "Hello,\r\n\r\nthis is a mail.\r\n"

// trials are what is tried with every server, in both directions. The body must arrive octet by octet in all of them.
var trials = []trial{
	{name: "plain", body: plainBody},
	{name: "STARTTLS", body: plainBody, check: func(m smtptest.Mail) error { return want(m, "ESMTPS") },
		unsuited: map[string]string{"opensmtpd out": "– its TLS fails"}},
	{name: "PIPELINING, 100 rcpt", body: plainBody, to: manyRecipients(100), check: all(100)},
	{name: "8BITMIME", needs: "8BITMIME", mail: "BODY=8BITMIME", body: "Gr\xc3\xbc\xc3\x9fe aus K\xc3\xb6ln\r\n"},
	{name: "SMTPUTF8", needs: "SMTPUTF8", mail: "SMTPUTF8", from: "jürgen@here.test", to: []string{"grüße"}, body: plainBody,
		check:    func(m smtptest.Mail) error { return in(m.From+" "+m.FromParams, "jürgen@here.test", "SMTPUTF8") },
		unsuited: map[string]string{"opensmtpd out": "– it lacks it: fails at once"}},
	{name: "DSN", needs: "DSN", mail: "RET=HDRS ENVID=QQ314159", rcpt: "NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;first@here.test", body: plainBody,
		check: func(m smtptest.Mail) error {
			return in(m.FromParams+" "+strings.Join(m.ToParams, " "), "RET=HDRS", "ENVID=QQ314159", "SUCCESS", "ORCPT=rfc822;first@here.test")
		}},
	{name: "SIZE, too large", needs: "SIZE", mail: "SIZE=900000000", body: plainBody, refused: true,
		unsuited: map[string]string{"opensmtpd in": "– it looks at the end"}},
	{name: "CHUNKING", needs: "CHUNKING", mail: "BODY=8BITMIME", body: "a chunk\r\n.\r\nand more\r\n"},
	{name: "dot lines", body: ".\r\n..\r\n...\r\n.x\r\nx.\r\n \r\n.\r\n"},
	{name: "lines of 998", body: strings.Repeat("x", 998) + "\r\n" + strings.Repeat("y", 998) + "\r\n"},
	{name: "no end of line", body: "the last line"},
	{name: "empty body", body: ""},
	{name: "20 MB", body: strings.Repeat(strings.Repeat("0123456789", 7)+"\r\n", 20<<20/72)},
}

func manyRecipients(n int) (list []string) {
	for i := range n {
		list = append(list, fmt.Sprintf("box%d", i))
	}
	return list
}

// all holds that one mail has so many recipients, or several have them together.
func all(n int) func(smtptest.Mail) error {
	return func(m smtptest.Mail) error {
		if len(m.To) != n {
			return fmt.Errorf("%d recipients of %d in one mail", len(m.To), n)
		}
		return nil
	}
}

// want looks for a word in the trace.
func want(m smtptest.Mail, protocol string) error {
	if !bytes.Contains(bytes.ToUpper(m.Raw), []byte("WITH "+protocol)) {
		return errors.New("no " + protocol + " in Received")
	}
	return nil
}

func in(text string, words ...string) error {
	for _, w := range words {
		if !strings.Contains(text, w) {
			return fmt.Errorf("%s is not in %q", w, text)
		}
	}
	return nil
}

// message makes the mail of a trial. Every server adds something to a header; the body is what must not change.
func (t *trial) message(token string) string {
	return "From: <from@here.test>\r\nTo: <box@there.test>\r\nSubject: " + token + t.subject + "\r\n" +
		"Date: Sun, 22 Nov 2026 12:00:00 +0000\r\nMessage-ID: <" + token + "@here.test>\r\nMIME-Version: 1.0\r\n" +
		"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + t.body
}

// try sends a trial's mail to a server and looks at what the sink gets. The verdict is "ok", or a dash and why it does not apply.
func (t *trial) try(ctx context.Context, w *world, addr, domain, token string) (verdict string, err error) {
	c, err := dial(ctx, addr)
	if err != nil {
		return "", err
	}
	defer c.close()
	if t.needs != "" && !c.offers(t.needs) {
		return "– not offered", nil
	}
	from, to := t.from, t.to
	if from == "" {
		from = "from@here.test"
	}
	if len(to) == 0 {
		to = []string{"box"}
	}
	err = c.send(from, t.mail, to, domain, t.rcpt, t.message(token), t.name == "CHUNKING")
	if t.refused {
		var r refusal
		if errors.As(err, &r) && r.code/100 == 5 {
			return "ok", nil
		}
		return "", fmt.Errorf("not refused: %w", err)
	}
	if err != nil {
		return "", err
	}
	m, err := w.arrived(ctx, token)
	if err != nil {
		return "", err
	}
	if err := t.sameBody(m.Raw); err != nil {
		return "", err
	}
	if t.check != nil {
		if err := t.check(m); err != nil {
			return "", err
		}
	}
	return "ok", nil
}

// sameBody compares what arrived with what was sent.
func (t *trial) sameBody(raw []byte) error {
	_, body, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	sent := t.body
	if sent != "" && !strings.HasSuffix(sent, "\r\n") {
		sent += "\r\n"
	}
	if string(body) == sent {
		return nil
	}
	i := 0
	for i < min(len(body), len(sent)) && body[i] == sent[i] {
		i++
	}
	return fmt.Errorf("the body of %d octets arrived with %d, other from octet %d: %.40q", len(sent), len(body), i, body[min(i, len(body)):])
}

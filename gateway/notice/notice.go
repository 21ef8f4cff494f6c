// Package notice composes delivery reports: what a sender is told when a mail could not be delivered, is late, or has
// been delivered. A report is ordinary mail with a null sender, in three parts (RFC 6522):
//
//  1. what happened, in plain words for people (words.go);
//  2. the same for programs, as message/delivery-status (RFC 3464), or its sister for internationalised mail (RFC 6533);
//  3. the mail it is about, whole or its header only (RFC 3461 4.3).
//
// Nothing here has a clock, a network or a memory: the same request gives the same bytes.
package notice

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
)

// A Kind says what a report tells.
type Kind int

// Kinds of reports.
const (
	Failure Kind = iota // it could not be delivered
	Delay               // it is late, and still being tried
	Success             // it has been delivered or relayed
)

// ErrNothing says that there is nobody to tell: the mail has the null sender (a bounce never bounces, RFC 5321 6.1), or
// none of the recipients' NOTIFY wants this kind of report (RFC 3461 4.1).
var ErrNothing = errors.New("notice: nobody wants this report")

// A Request is all that a report is made from.
type Request struct {
	Kind Kind
	// ID names the report: its queue id, Message-ID and part boundaries come from it.
	ID mail.ID
	// Now is the Date of the report.
	Now time.Time
	// Hostname is our name, the reporting MTA.
	Hostname string
	// From is the address the report comes from; default postmaster at Hostname.
	From string

	// Mail is the one reported on.
	Mail mail.Mail
	// Recipients are those reported on.
	Recipients []Recipient
	// Original is the body of Mail, or nil when it is no longer there. Compose reads what it returns, no more.
	Original io.Reader
	// Expires is when trying ends, for Delay.
	Expires time.Time
}

// A Recipient is one that is reported on.
type Recipient struct {
	mail.Recipient
	Outcome mail.Outcome
	// At is when that outcome was had.
	At time.Time
	// Attempts counts the tries.
	Attempts int
	// Expired says that trying has ended although no answer was final.
	Expired bool
	// Doubt says that an attempt may have delivered it without our knowing.
	Doubt bool
}

// A Report is a report, ready for the queue.
type Report struct {
	// Mail has the envelope from the null sender to the sender of the mail, an ID and a Message-ID, but no Body.
	Mail mail.Mail
	// Body is its MIME.
	Body []byte
}

// Sizes in bytes up to which a mail comes back whole: when its sender asked for that, and when it did not say.
const (
	maxFullAsked = 1 << 20
	maxFull      = 50 << 10
)

// Compose writes a report. It fails with ErrNothing, or with the error of reading the original.
func Compose(r Request) (*Report, error) {
	if r.Mail.Envelope.From == "" {
		return nil, ErrNothing
	}
	r.Recipients = r.wanting()
	if len(r.Recipients) == 0 {
		return nil, ErrNothing
	}
	if r.From == "" {
		r.From = "postmaster@" + r.Hostname
	}
	o, err := readOriginal(r)
	if err != nil {
		return nil, fmt.Errorf("reading the mail to return: %w", err)
	}
	c := &composer{Request: r, original: o, global: needsUTF8(r, o), utf8: !isASCII([]byte(r.Mail.Envelope.From))}
	c.write()
	return &Report{Mail: c.mail(), Body: c.out.Bytes()}, nil
}

// wanting are the recipients whose NOTIFY asks for this kind of report.
func (r Request) wanting() []Recipient {
	var all []Recipient
	for _, to := range r.Recipients {
		wants := map[Kind]bool{
			Failure: to.Notify.WantsFailure(), Delay: to.Notify.WantsDelay(), Success: to.Notify.WantsSuccess(),
		}[r.Kind]
		if wants && to.Notify&mail.NotifyNever == 0 {
			all = append(all, to)
		}
	}
	return all
}

// A composer writes one report.
type composer struct {
	Request
	original original
	global   bool // the parts are those of RFC 6533
	utf8     bool // and the header has characters over 127: it goes to an address with some
	out      bytes.Buffer
}

func (c *composer) mail() mail.Mail {
	return mail.Mail{
		ID: c.ID,
		Envelope: mail.Envelope{
			Recipients: []mail.Recipient{{Address: c.Mail.Envelope.From, Notify: mail.NotifyNever}},
			SMTPUTF8:   c.utf8, EightBit: !isASCII(c.out.Bytes()),
		},
		Source:    mail.Source{Kind: "gateway", Name: "report"},
		Received:  c.Now,
		MessageID: c.messageID(),
		Subject:   c.subject(),
	}
}

func (c *composer) messageID() string { return fmt.Sprintf("<%s@%s>", c.ID, c.Hostname) }

func (c *composer) subject() string {
	subject := oneLine(c.Mail.Subject)
	if subject == "" {
		subject = "(no subject)"
	}
	return map[Kind]string{Failure: "Undeliverable", Delay: "Delayed", Success: "Delivered"}[c.Kind] + ": " + subject
}

func (c *composer) boundary() string { return "=_" + string(c.ID) }

func (c *composer) linef(format string, args ...any) {
	fmt.Fprintf(&c.out, format, args...)
	c.out.WriteString("\r\n")
}

func (c *composer) write() {
	c.header()
	c.text()
	c.status()
	c.returned()
	c.linef("")
	c.linef("--%s--", c.boundary())
}

// header writes the header of the report. RFC 3834 5: Auto-Submitted keeps vacation programs quiet.
func (c *composer) header() {
	c.linef("Date: %s", c.Now.Format(time.RFC1123Z))
	c.linef("From: Mail Delivery System <%s>", c.From)
	c.linef("To: <%s>", oneLine(c.Mail.Envelope.From))
	c.linef("Subject: %s", foldWords(c.encode(c.subject())))
	c.linef("Message-ID: %s", c.messageID())
	if id := oneLine(c.Mail.MessageID); id != "" && len(id) < maxValue-100 && isASCII([]byte(id)) {
		c.linef("In-Reply-To: %s", id)
		c.linef("References: %s", id)
	}
	c.linef("Auto-Submitted: auto-replied")
	c.linef("%s: %s", mail.IDHeader, c.ID)
	c.linef("MIME-Version: 1.0")
	c.linef("Content-Type: multipart/report; report-type=%s;", c.either("delivery-status", "global-delivery-status"))
	c.linef("\tboundary=%q", c.boundary())
	c.linef("")
	c.linef("This is a delivery report in MIME format.")
}

// encode writes text for a header: encoded words, or bare UTF-8 where the report goes to an internationalised address anyway. A report
// to any other must not need SMTPUTF8, which its host may lack: what is in the parts needs 8 bits alone, or an encoding (RFC 6532 3.7).
func (c *composer) encode(text string) string {
	if c.utf8 {
		return text
	}
	return mime.QEncoding.Encode("utf-8", text)
}

func (c *composer) either(plain, global string) string {
	if c.global {
		return global
	}
	return plain
}

// part begins a part of the report.
func (c *composer) part(contentType, encoding, description string) {
	c.linef("")
	c.linef("--%s", c.boundary())
	c.linef("Content-Type: %s", contentType)
	c.linef("Content-Transfer-Encoding: %s", encoding)
	c.linef("Content-Description: %s", description)
	c.linef("")
}

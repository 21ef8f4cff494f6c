package smtpside

import (
	"fmt"
	"io"
	"strings"

	"golang.org/x/net/idna"
)

// prepare finds out what the mail needs of this host and whom it can go to; those for whom it cannot are settled. It
// returns the body, or nil if there is nothing to do.
func (t *transaction) prepare() (io.ReadCloser, error) {
	p := &t.d.job.Params
	t.rcpts = t.d.pending()
	if limit := t.sizeLimit(); limit > 0 && p.Size > limit {
		t.refuse(TooLarge(fmt.Sprintf("message has %d octets, the host takes %d", p.Size, limit)))
		return nil, nil
	}
	if p.RequireTLS && !(t.verified && t.offers("REQUIRETLS")) { // another host may do (RFC 8689 4.2.1)
		t.d.fail(Status{Code: 550, Detail: "7.30", Text: "REQUIRETLS is needed"}, t.host)
		return nil, nil
	}
	if err := t.prepareUTF8(); err != nil {
		return nil, err
	}
	if err := t.prepareEightBit(); err != nil {
		return nil, err
	}
	if len(t.rcpts) == 0 {
		return nil, nil
	}
	var err error
	if t.signature, err = t.d.signature(t.convert); err != nil {
		return nil, err
	}
	body, err := t.d.job.Open()
	if err != nil {
		return nil, fmt.Errorf("opening the body: %w", err)
	}
	return body, nil
}

// refuse settles everybody: this host's lack is the mail's fate, as its limits are no passing state.
func (t *transaction) refuse(s Status) {
	for _, i := range t.rcpts {
		t.d.settle(i, Outcome{Status: s, Host: t.host, TLS: t.tls})
	}
	t.rcpts = nil
}

// prepareUTF8 asks for SMTPUTF8 where it is needed, and fails at once where it cannot be had (RFC 6531 3.1, 3.6).
func (t *transaction) prepareUTF8() error {
	d := t.d
	if t.offers("SMTPUTF8") {
		t.utf8 = d.job.Params.UTF8 || !isASCII(d.job.From)
		for _, i := range t.rcpts {
			t.utf8 = t.utf8 || !isASCII(d.job.Recipients[i].Address)
		}
		return nil
	}
	if _, ok := asciiMailbox(d.job.From); !ok {
		t.refuse(NeedsUTF8("the sender's address needs SMTPUTF8, which the host lacks"))
		return nil
	}
	if d.job.Params.UTF8 {
		s, err := d.needs()
		if err != nil {
			return err
		}
		if s.header8 {
			t.refuse(NeedsUTF8("the message headers need SMTPUTF8, which the host lacks"))
			return nil
		}
	}
	kept := t.rcpts[:0]
	for _, i := range t.rcpts {
		if _, ok := asciiMailbox(d.job.Recipients[i].Address); ok {
			kept = append(kept, i)
			continue
		}
		d.settle(i, Outcome{Status: NeedsUTF8("the address needs SMTPUTF8, which the host lacks"), Host: t.host, TLS: t.tls})
	}
	t.rcpts = kept
	return nil
}

// prepareEightBit has 8-bit parts converted for a host without 8BITMIME (RFC 6152 3), or fails where that is impossible.
func (t *transaction) prepareEightBit() error {
	if t.offers("8BITMIME") || t.d.job.Params.Body == Body7Bit || len(t.rcpts) == 0 {
		return nil
	}
	s, err := t.d.needs()
	switch {
	case err != nil:
		return err
	case !s.eightBit():
	case s.convertible():
		t.convert = s
	default:
		t.refuse(Status{Code: 554, Detail: "6.3", Text: "the message has 8-bit parts that cannot be converted, and the host lacks 8BITMIME"})
	}
	return nil
}

// asciiMailbox turns the domain into A-labels; false if the local part has characters over 127.
func asciiMailbox(s string) (string, bool) {
	if isASCII(s) {
		return s, true
	}
	local, domain, err := cutMailbox(s)
	if err != nil || !isASCII(local) {
		return "", false
	}
	ascii, err := idna.Lookup.ToASCII(domain)
	return local + "@" + ascii, err == nil
}

// path writes an address for this host.
func (t *transaction) path(mailbox string) string {
	if ascii, ok := asciiMailbox(mailbox); ok && !t.utf8 {
		mailbox = ascii
	}
	return "<" + mailbox + ">"
}

// mailLine is the MAIL command, with what the host offers (RFC 5321 4.1.1.2).
func (t *transaction) mailLine() string {
	p := &t.d.job.Params
	line := []string{"MAIL FROM:" + t.path(t.d.job.From)}
	add := func(keyword, param string, when bool) {
		if when && t.offers(keyword) {
			line = append(line, param)
		}
	}
	add("SIZE", fmt.Sprintf("SIZE=%d", p.Size+int64(len(t.signature))), p.Size > 0 && t.convert == nil)
	add("8BITMIME", "BODY=8BITMIME", p.Body != Body7Bit)
	add("SMTPUTF8", "SMTPUTF8", t.utf8)
	add("DSN", "RET="+string(p.Return), p.Return == ReturnFull || p.Return == ReturnHeaders)
	add("DSN", "ENVID="+xtext(p.EnvelopeID), p.EnvelopeID != "")
	add("REQUIRETLS", "REQUIRETLS", p.RequireTLS)
	if p.Auth != nil && t.d.job.Route.Auth != nil { // only to a host that trusts us to say who submitted it (RFC 4954 5)
		value := xtext(*p.Auth)
		if value == "" {
			value = "<>"
		}
		add("AUTH", "AUTH="+value, isASCII(*p.Auth))
	}
	return strings.Join(line, " ")
}

// rcptLine is the RCPT command for a recipient.
func (t *transaction) rcptLine(i int) string {
	r := &t.d.job.Recipients[i]
	line := "RCPT TO:" + t.path(r.Address)
	if !t.offers("DSN") {
		return line
	}
	if r.Params.Notify != 0 {
		line += " NOTIFY=" + r.Params.Notify.String()
	}
	if o := r.Params.Orig; o.Address != "" && (o.Type == "rfc822" || o.Type == "utf-8") {
		line += " ORCPT=" + orcpt(o, t.utf8)
	}
	return line
}

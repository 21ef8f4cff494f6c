package notice

import (
	"fmt"
	"strings"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
)

// status writes the part for programs. RFC 3464 2.1, RFC 6533 3
func (c *composer) status() {
	encoding := "7bit"
	if c.global {
		encoding = "8bit"
	}
	c.part(c.either("message/delivery-status", "message/global-delivery-status"), encoding, "Delivery status")
	c.field("Reporting-MTA", "dns; "+c.Hostname)
	if id := c.Mail.Envelope.EnvID; id != "" {
		c.field("Original-Envelope-Id", id)
	}
	c.field("Arrival-Date", c.Mail.Received.Format(time.RFC1123Z))
	c.field(mail.IDHeader, string(c.Mail.ID))
	for _, r := range c.Recipients {
		c.linef("")
		c.recipient(r)
	}
}

// recipient writes the fields of one recipient. RFC 3464 2.3
func (c *composer) recipient(r Recipient) {
	if kind, address, ok := strings.Cut(r.OrigRecipient, ";"); ok {
		c.field("Original-Recipient", kind+"; "+address)
	}
	c.field("Final-Recipient", addressType(r.Address)+"; "+r.Address)
	c.field("Action", c.action(r.Outcome))
	c.field("Status", c.statusOf(r))
	if host := remoteName(r.Outcome.Remote); host != "" {
		c.field("Remote-MTA", "dns; "+host)
	}
	if d := diagnostic(r.Outcome); d != "" {
		c.field("Diagnostic-Code", d)
	}
	if !r.At.IsZero() {
		c.field("Last-Attempt-Date", r.At.Format(time.RFC1123Z))
	}
	if c.Kind == Delay && !c.Expires.IsZero() {
		c.field("Will-Retry-Until", c.Expires.Format(time.RFC1123Z))
	}
}

// statusOf is the Status field. An attempt that was given up keeps its class 4: the failure was persistent, but never said
// to be final. RFC 3464 2.3.4; X.4.7 is "delivery time expired", RFC 3463 3.5
func (c *composer) statusOf(r Recipient) string {
	if r.Expired && (r.Outcome.Detail == "" || r.Outcome.Code/100 == 2) {
		return "4.4.7"
	}
	return r.Outcome.Status()
}

// addressType is "rfc822", or "utf-8" for addresses that need it. RFC 6533 3
func addressType(address string) string {
	if isASCII([]byte(address)) {
		return "rfc822"
	}
	return "utf-8"
}

// remoteName is the host's name of what a courier calls remote: "mx.example.org [192.0.2.1]:25" and the like.
func remoteName(remote string) string {
	name, _, _ := strings.Cut(oneLine(remote), " ")
	return name
}

// diagnostic is the Diagnostic-Code field: what the other side said, or what we say. RFC 3464 2.3.6
func diagnostic(o mail.Outcome) string {
	text := oneLine(o.Text)
	if o.Remote == "" || o.Code == 0 {
		if text == "" {
			return ""
		}
		return "x-mapigate; " + text
	}
	status := ""
	if o.Detail != "" && !strings.HasPrefix(text, o.Status()) {
		status = o.Status() + " "
	}
	return strings.TrimSpace(fmt.Sprintf("smtp; %d %s%s", o.Code, status, text))
}

// field writes a field of the status part. What is not for it is replaced: it may come from a hostile server.
func (c *composer) field(name, value string) {
	value = oneLine(value)
	if !c.global {
		value = toASCII(value)
	}
	c.linef("%s: %s", name, foldWords(value))
}

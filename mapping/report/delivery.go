package report

import (
	"strings"

	"github.com/mapigate/mapigate/mapping/mime"
)

// A Delivery is the content of a message/delivery-status. RFC 3464 2
type Delivery struct {
	// Message are the fields about the message.
	Message Fields
	// Recipients are the fields about each recipient.
	Recipients []Recipient
}

// A Recipient is what a report says about one recipient. RFC 3464 2.3
type Recipient struct{ Fields }

// ParseDelivery reads delivery status; ok is false when no recipient is in it.
// A report that lacks the message's group, or the empty line after it, is read too.
func ParseDelivery(b []byte) (d Delivery, ok bool) {
	for _, fs := range groups(b) {
		if fs.Get("Final-Recipient") == "" && fs.Get("Original-Recipient") == "" && fs.Get("Action") == "" && fs.Get("Status") == "" {
			d.Message = append(d.Message, fs...)
			continue
		}
		d.add(fs)
	}
	return d, len(d.Recipients) > 0
}

// add takes a group: fields about the message may stand in front of a recipient's.
func (d *Delivery) add(fs Fields) {
	var rcpt Fields
	for _, f := range fs {
		if len(d.Recipients) >= maxGroups {
			return
		}
		if isMessageField(f.Name) {
			d.Message = append(d.Message, f)
			continue
		}
		if strings.EqualFold(f.Name, "Final-Recipient") && rcpt.Get("Final-Recipient") != "" {
			d.Recipients = append(d.Recipients, Recipient{rcpt})
			rcpt = nil
		}
		rcpt = append(rcpt, f)
	}
	if len(rcpt) > 0 {
		d.Recipients = append(d.Recipients, Recipient{rcpt})
	}
}

// isMessageField tells whether a field is one of the message's group. RFC 3464 2.2
func isMessageField(name string) bool {
	for _, n := range [...]string{"Original-Envelope-Id", "Reporting-MTA", "DSN-Gateway", "Received-From-MTA", "Arrival-Date"} {
		if strings.EqualFold(n, name) {
			return true
		}
	}
	return false
}

// Address is the recipient's address as the reporting host knew it.
func (r Recipient) Address() string {
	if a := r.address("Final-Recipient"); a != "" {
		return a
	}
	return r.address("Original-Recipient")
}

// Original is the address the sender used, or "".
func (r Recipient) Original() string { return r.address("Original-Recipient") }

// Action is "failed", "delayed", "delivered", "relayed", "expanded" or what else stands there.
func (r Recipient) Action() string {
	a, _, _ := strings.Cut(strings.ToLower(r.Get("Action")), " ")
	return strings.Trim(a, "();,")
}

// RemoteMTA is the host that gave the answer, or "".
func (r Recipient) RemoteMTA() string {
	_, v := r.typed("Remote-MTA")
	return v
}

// Diagnostic is the answer of the remote host, or "".
func (r Recipient) Diagnostic() string {
	_, v := r.typed("Diagnostic-Code")
	return v
}

// Status is the recipient's status. What the remote host answered itself goes
// before the Status field, in which reporting hosts put 5.0.0, what they made
// of several answers ("expired"), or even a code that contradicts it. A report
// with neither has the class of the remote host's reply, "550" gives 5.0.0.
// RFC 3464 2.3.4, 2.3.6
func (r Recipient) Status() (Status, bool) {
	field, ok := r.StatusField()
	reply := r.Diagnostic()
	if s, found := FindReply(reply); found {
		return s, true
	}
	if ok && field.Telling() {
		return field, true
	}
	if s, found := FindStatus(reply); found && (!ok || s.Class == field.Class) {
		return s, true
	}
	if !ok && isReplyCode(reply) {
		return Status{Class: int(reply[0] - '0')}, true
	}
	return field, ok
}

// StatusField is the status as the Status field has it. [MS-OXCMAIL] 2.2.3.7.1.3
func (r Recipient) StatusField() (Status, bool) { return FindStatus(r.Get("Status")) }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// Bytes writes the report with CRLF.
func (d Delivery) Bytes() []byte {
	b := appendFields(nil, d.Message)
	for _, r := range d.Recipients {
		b = append(b, '\r', '\n')
		b = appendFields(b, r.Fields)
	}
	return b
}

func appendFields(b []byte, fs Fields) []byte {
	for _, f := range fs {
		b = mime.AppendField(b, f.Name, mime.EncodeText(f.Value, len(f.Name)+2, false))
	}
	return b
}
